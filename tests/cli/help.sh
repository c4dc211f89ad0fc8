# --help and the manual list the same options and arguments; the version is that of the header.
. "$(dirname "$0")/lib.sh"

top=${PCOPY_SOURCE:?set PCOPY_SOURCE to the source directory}
manual=$top/man/pcopy.1

# Prints every option of --help, short and long, one word a line.
help_options() {
	"$PCOPY" --help | grep -E '^ *-' | sed 's/^ *//; s/   *.*//' |
		grep -oE -- '(^|[ ,])--?[A-Za-z][A-Za-z-]*' | tr -d ' ,' | sort -u
}

# Prints every option of --help with its argument, one a line: "-t", "--target-directory=DIRECTORY".
help_arguments() {
	"$PCOPY" --help | sed -n 's/^ \{2,6\}\(-[^ ].*\)$/\1/p' | sed 's/  .*//' | tr -s ', ' '\n\n' | sort -u
}

# The same for the manual: ".It Fl t , Fl -target-directory Ns = Ns Ar DIRECTORY".
manual_arguments() {
	sed -n 's/^\.It Fl //p' "$manual" |
		sed 's/ Ns Op = Ns Ar \([A-Za-z]*\)/[=\1]/; s/ Ns = Ns Ar /=/; s/ , Fl / , /g' |
		tr -s ', ' '\n\n' | sed 's/^/-/' | sort -u
}

both_ways() {
	[[ -f $manual ]] || fail "no man/pcopy.1"
	help_arguments >in-help
	manual_arguments >in-manual
	[[ $(wc -l <in-help) -gt 20 ]] || fail "few options in --help: $(cat in-help)"
	diff in-help in-manual || fail "--help (<) and the manual (>) differ"
}

# The parser knows each option of --help: with --help after it, the option is accepted.
known() {
	local option
	for option in $(help_options); do
		"$PCOPY" "$option" --help >"$out" 2>"$err" || :
		! grep -qE 'unrecognized|invalid option' "$err" || fail "$option is unknown"
	done
}

help() {
	expect_status 0 "$PCOPY" --help
	expect_quiet
	head -n 1 "$out" | grep -q '^Usage: pcopy ' || fail "$(head -n 3 "$out")"
	# Each line fits a terminal of 80 columns.
	! grep -nE '^.{81,}$' "$out" || fail "lines too long"
	# --help needs no operands, and uses none.
	expect_status 0 "$PCOPY" --help nowhere
}

version() {
	local number
	number=$(sed -n 's/^#define PCOPY_VERSION "\(.*\)"$/\1/p' "$top/include/pcopy.h")
	expect_status 0 "$PCOPY" --version
	head -n 1 "$out" | grep -qE "^pcopy( \([^)]*\))? $number$" || fail "$(head -n 1 "$out")"
}

no_room() {
	[[ -w /dev/full ]] || skip "no /dev/full"
	local status=0
	"$PCOPY" --help >/dev/full 2>"$err" || status=$?
	expect_same 1 "$status"
}

# The formatter reports no errors in the manual.
formatted() {
	command -v groff >/dev/null || skip "no groff"
	groff -mandoc -Tutf8 -ww "$manual" 2>&1 >/dev/null | head -n 5 >warnings
	[[ ! -s warnings ]] || fail "$(cat warnings)"
}

check "--help and the manual agree" both_ways
check "all of --help is known" known
check "--help" help
check "--version" version
check "--help that cannot be written" no_room
check "the manual has no formatting errors" formatted
done_testing
