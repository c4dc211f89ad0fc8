# Completions for bash, zsh and fish, queried from the shells themselves.
. "$(dirname "$0")/lib.sh"

made=$(dirname "$PCOPY")/completions

# Prints what bash proposes for the last word of the line.
bash_proposes() {
	env -i PATH="$PATH" HOME="$PWD" bash --norc -c '
		. "$1"
		compopt() { :; } # there is no completion under way
		line=$2
		# As readline breaks it: at blanks, and around the sign of equality.
		read -ra COMP_WORDS <<<"${line//=/ = }"
		[[ $line != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_pcopy
		printf "%s\n" "${COMPREPLY[@]}"' bash "$made/pcopy" "$1"
}

in_bash() {
	[[ -f $made/pcopy ]] || skip "no completions beside $PCOPY"
	mkdir there
	expect_same "--verify --verify-only --verify-cold" "$(bash_proposes 'pcopy --verify' | xargs)"
	expect_same "--max-delete= --max-errors= --max-size= --max-slowdown= --max-time=" \
		"$(bash_proposes 'pcopy a --max-' | sort | xargs)"
	expect_same "all none none-fail older differ" "$(bash_proposes 'pcopy --update=' | xargs)"
	expect_same "none none-fail" "$(bash_proposes 'pcopy --update=no' | xargs)"
	expect_same "" "$(bash_proposes 'pcopy --update no')" # `no` is an operand here
	expect_same "serial" "$(bash_proposes 'pcopy --pool ser')"
	expect_same "mode,timestamps" "$(bash_proposes 'pcopy --preserve=mode,ti')"
	expect_same "xattr,links" "$(bash_proposes 'pcopy --no-preserve xattr,l')"
	expect_same "there" "$(bash_proposes 'pcopy -t th')"
	expect_same "" "$(bash_proposes 'pcopy -- --verify')"
}
check "bash" in_bash

in_fish() {
	command -v fish >/dev/null || skip "no fish"
	mkdir there
	fish_proposes() {
		HOME=$PWD fish --no-config -c "source '$made/pcopy.fish'; complete -C '$1'" | cut -f1
	}
	expect_same "--verify --verify-cold --verify-only --verify=" "$(fish_proposes 'pcopy --verify' | sort | xargs)"
	expect_same "--update=none --update=none-fail" "$(fish_proposes 'pcopy --update=no' | sort | xargs)"
	expect_same "--verify=archive --verify=hash" "$(fish_proposes 'pcopy --verify=' | sort | xargs)" # no files
	expect_same "--preserve=mode,timestamps" "$(fish_proposes 'pcopy --preserve=mode,ti')"
	expect_same "serial" "$(fish_proposes 'pcopy --pool ser')"
	expect_same "there/" "$(fish_proposes 'pcopy -t th')"
}
check "fish" in_fish

# zsh lists its proposals only on a terminal: the zsh module zpty provides a pseudo-terminal.
in_zsh() {
	command -v zsh >/dev/null || skip "no zsh"
	mkdir functions
	cp "$made/_pcopy" functions
	cat >ask <<-'END'
		zmodload zsh/zpty
		zpty asked "PS1=ask: ZDOTDIR=$PWD zsh -f -i"
		zpty -w asked "fpath=($PWD/functions \$fpath); autoload -Uz compinit; compinit -u -D"
		zpty -w asked "zstyle ':completion:*' list-prompt ''; LISTMAX=10000; stty columns 300 rows 100"
		zpty -w asked "print READ''Y"
		zpty -r asked answer '*READY*ask:*' # from then on keys are for the line editor
		zpty -n -w asked "$1"$'\t\t'
		zpty -n -w asked $'\C-U'
		zpty -w asked "print EN''D"
		zpty -r asked answer '*END*'
		print -r -- "$answer"
	END
	timeout 60 zsh -f ask 'pcopy --verify' >shown
	grep -q -- '--verify-only.*compare SOURCE' shown || fail "$(cat -v shown)"
	timeout 60 zsh -f ask 'pcopy --update=no' >shown
	grep -q 'none-fail' shown || fail "$(cat -v shown)"
	timeout 60 zsh -f ask 'pcopy --preserve=mode,' >shown
	grep -q 'timestamps' shown || fail "$(cat -v shown)"
}
check "zsh" in_zsh

# The completions of each shell contain every option of the option table.
complete_lists() {
	local option file
	[[ -f $made/pcopy ]] || skip "no completions beside $PCOPY"
	"$PCOPY" --help | grep -oE -- '--[a-z][a-z0-9-]+' | sort -u >options
	[[ $(wc -l <options) -gt 60 ]] || fail "few options: $(cat options)"
	while read -r option; do
		for file in pcopy _pcopy pcopy.fish; do
			grep -q -e "$option\b" -e "-l ${option#--}\b" "$made/$file" || fail "no $option in $file"
		done
	done <options
}
check "every option of --help" complete_lists

done_testing
