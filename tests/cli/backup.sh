# Backups of a target before it is replaced: -b, --backup, -S and their environment variables.
. "$(dirname "$0")/lib.sh"

unset VERSION_CONTROL SIMPLE_BACKUP_SUFFIX

# stocked NAME...: creates a file x and these files.
stocked() {
	local name
	echo new >x
	for name; do
		echo "was $name" >"$name"
	done
	touch -d @1500000000 -- *
}

stocks=0
for files in '' y 'y y~' 'y y.~1~' 'y y~ y.~1~' 'y y.~9~' 'y y.~99~ y.~3~' 'y y.~07~' 'y y.~1~x y.~x~' \
	'y y.~0~' 'y .y.~4~ yy.~5~' 'y y.~18446744073709551616~' 'y y.~2~~'; do
	eval "stock_$((++stocks))() { stocked $files; }"
done

controls() {
	local n controls=()
	for word in none off numbered t existing nil simple never n o num ex si ne; do
		controls+=("--backup=$word x y")
	done
	for ((n = 1; n <= stocks; n++)); do
		rm -rf -- *
		alike "stock_$n" "${controls[@]}" '--backup x y' '-b x y' '-b -S .old x y'
	done
}

# The environment variables, and the options that override them.
environment() {
	local word
	for word in none off numbered t existing nil simple never num ''; do
		rm -rf -- *
		VERSION_CONTROL=$word alike stock_4 '-b x y' '--backup x y' '--backup=simple x y' \
			'--backup=none x y' 'x y' '-S .o x y' '-S .o --backup=t x y'
	done
	for word in .env '' a/b /; do
		rm -rf -- *
		SIMPLE_BACKUP_SUFFIX=$word alike stock_2 '-b x y' '-b -S .o x y' "-b -S '' x y" 'x y' \
			'--backup=numbered x y' '-b -S a/b x y'
	done
}

suffixes() {
	alike stock_2 '-S .b x y' '--suffix=.b x y' '--suffix .b x y' "-S '' x y" '-S a/b x y' '-S / x y' \
		'-b -S x x y' '-S .. x y' '-b -S . x y' "-S ' sp' x y" '-S .b --backup=none x y' '-S .b -S .c x y' \
		'-S .~1~ x y' '--backup=existing -S .b x y' '--backup=numbered -S .b x y'
	rm -rf -- *
	alike stock_4 '-S .b x y' '-b x y' '--backup=none -b x y' '-b --backup=none x y' \
		'--backup=numbered --backup=simple x y' '-b --backup=numbered x y' '--backup=numbered -b x y' \
		'--backup=numbered --backup x y'
}

wrong_words() {
	stock_2
	for words in --backup=foo '--backup=n -n' '-b -n' '-n -b'; do
		[[ $words == '--backup=n -n' ]] || {
			expect_status 2 pcopy $words x y
			[[ -s $err ]] || fail "no message for $words"
		}
		expect_same "was y" "$(cat y)" "$words"
		expect_missing y~
	done
	VERSION_CONTROL=foo expect_status 2 pcopy -b x y
	expect_same "was y" "$(cat y)"
	VERSION_CONTROL=foo expect_status 0 pcopy --backup=simple x y
	VERSION_CONTROL=foo expect_status 0 pcopy x y
}

# Each kind of entry as the existing target and as the source.
all_kinds() {
	mkdir -p src/dir/sub dst/dir/sub
	echo new >src/file
	echo new >src/file-on-link
	echo new >src/file-on-fifo
	echo new >src/dir/f
	echo new >src/linked
	ln -s new src/link
	ln -s new src/link-on-file
	mkfifo src/fifo src/fifo-on-file
	echo old >dst/file
	ln -s old dst/file-on-link
	mkfifo dst/file-on-fifo
	echo old >dst/dir/f
	echo old >dst/linked
	ln dst/linked dst/other-name
	ln -s old dst/link
	echo old >dst/link-on-file
	mkfifo -m 640 dst/fifo
	echo old >dst/fifo-on-file
	echo older >dst/file~
	chmod 4751 dst/file
	touch -h -d @1400000000 dst/* dst/dir/* dst
}

in_trees() {
	alike all_kinds '-b -T src dst' '-bv -T src dst' '--backup=numbered -T src dst' '-b src/. dst' \
		'-bf -T src dst' '-bl -T src dst' '-b --remove-destination -T src dst' '-bp -T src dst' \
		'-ba -T src dst' '-bd -T src dst' '-bu -T src dst' '-S .s -T src dst' \
		'-b --attributes-only -T src dst'
}

# In chunks, pcopy writes under a temporary name first.
in_chunks() {
	mkdir src dst
	head -c 3000000 /dev/urandom >src/big
	echo old >dst/big
	expect_status 0 pcopy --backup=numbered --chunk-size=1M -T src dst
	cmp src/big dst/big
	expect_same old "$(cat dst/big.~1~)"
	expect_same "big big.~1~" "$(cd dst && echo .p* * | sed 's/^\.p\* //')"
	expect_status 0 pcopy --backup=numbered --chunk-size=1M -T src dst
	cmp src/big dst/big.~2~
	expect_no_temporary dst
}

operands() {
	alike all_kinds '-b src/file dst' '-bv src/file dst/file' '-abv src/dir/sub/. dst/dir/sub' '-b -T src/link dst/file' \
		'-b -T src/file dst/file-on-link' '-b src/fifo dst' '-b src/dir dst' '-b -T src/dir dst/file' \
		'-b -T src/file dst/dir' '-b -T src/link dst/dir' '-bf src/file src/file' \
		'-b src/file src/file' '--backup=numbered -f src/file src/file' '-bf src/link src/link' \
		'-bf src/fifo src/fifo' '-bf dst/linked dst/other-name' '-bv --backup=t src/dir dst' \
		'-b src/file dst/new' '-b src/file src/dir/f dst' '-bP src/link dst/link' '-bL src/link dst/link' \ '-b --parents src/file dst' '-bfv src/file ./src/file' '-bf src/file src'
}

# pcopy does not overwrite a target that this run made, not even with a backup, unless the backup is numbered.
two_of_a_name() {
	mkdir a b c
	echo a >a/f
	echo b >b/f
	ln -s a a/l
	ln -s b b/l
	mkdir a/d b/d
	echo a >a/d/g
	echo b >b/d/g
}

just_created() {
	# (Without -v: for a/. cp reports c/./f and pcopy reports c/f.)
	alike two_of_a_name '-b a/f b/f c' '--backup=numbered a/f b/f c' '--backup=nil a/f b/f c' \
		'--backup=never a/f b/f c' '--backup=off a/f b/f c' '--backup=t a/f a/f c' '-b a/f a/f c' \
		'--backup=t a/f b/f a/f b/f c' '--backup=t a/l b/l c' '-b a/l b/l c' '-b a/l b/l b/f c' \
		'--backup=t a/d b/d c' '-b a/d b/d c' '-b a/. b/. c' '--backup=t a/. b/. c'
}

# Numbered backups in twelve successive runs.
many_times() {
	local i
	stocked y
	for ((i = 1; i <= 12; i++)); do
		echo "$i" >x
		"$PCOPY" "${P[@]}" --backup=numbered x y
	done
	expect_same 12 "$(cat y)"
	expect_same "was y" "$(cat y.~1~)"
	for ((i = 2; i <= 12; i++)); do
		expect_same $((i - 1)) "$(cat "y.~$i~")"
	done
	expect_missing y.~13~
}

# The source has the name that the backup would get.
would_destroy() {
	mkdir -p src dst
	echo source >src/a~
	echo tilde >a~
	echo a >a
	echo a >dst/a
	ln a~ dst/a~
	ln -s a~ l
	echo b >b.~1~
	echo b >b
}

destroyed() {
	alike would_destroy '-b a~ a' '--backup=simple a~ a' '-bf a~ a' '-bL a~ a' '-b ./a~ a' '-b -T a~ dst/a' \
		'-b src/a~ a' '--backup=numbered a~ a' '-S .z a~ a' '-b --remove-destination a~ a' '-bl a~ a' \
		'-bs a~ a' '-b l a' '-b b.~1~ b' '--backup=numbered b.~1~ b' '-bu a~ a' '-bi a~ a'
}

# Names up to the maximum length, which leave little or no room for a suffix.
long_names() {
	local x250
	x250=$(printf 'x%.0s' {1..250})
	echo new >n
	for end in 5 54 543 5432 54321; do
		echo "old $end" >"$x250$end"
	done
	mkdir d
	ln n "d/${x250}54321"
}

too_long() {
	local x250 commands=()
	x250=$(printf 'x%.0s' {1..250})
	for end in 5 54 543 5432 54321; do
		commands+=("-b n $x250$end" "--backup=numbered n $x250$end" "-S .orig n $x250$end")
	done
	alike long_names "${commands[@]}" "-b -T n d/${x250}54321"
}

# A directory or a dangling link has the name that the backup would get.
taken() {
	echo new >x
	echo old >y
	mkdir y~ y.~1~
	touch y~/in
	echo old >z
	ln -s nowhere z~
	touch -d @1500000000 y z
}

is_taken() {
	alike taken '-b x y' '--backup=simple x y' '--backup=numbered x y' '-b x z' '-bf x y' '-S /../q x y'
}

# The copy fails after the backup was made: pcopy restores the old target, or leaves it as cp does.
unreadable() {
	echo new >x
	chmod 000 x
	echo old >y
	mkdir -p src dst
	echo new >src/x
	chmod 000 src/x
	echo old >dst/x
	touch -d @1500000000 y dst/x
	give_to_user .
}

after_failure() {
	become_user
	local options
	for options in -b --backup=numbered -bf -bp '-b --remove-destination' -bu; do
		for operands in 'x y' 'src/x dst' '-T src dst'; do
			[[ $EUID -eq 0 ]] || chmod -R u+rwx .
			rm -rf -- *
			like_cp unreadable $options $operands
		done
	done
}

readonly_directory() {
	echo new >x
	mkdir d
	echo old >d/x
	touch -d @1500000000 d/x
	chmod 555 d
	give_to_user .
}

in_readonly_directory() {
	become_user
	like_cp readonly_directory "$@" x d
}

check "controls and what is there" controls
check "VERSION_CONTROL and SIMPLE_BACKUP_SUFFIX" environment
check "suffixes, and which option is the last word" suffixes
check "wrong words, and -n" wrong_words
each_pool "trees" in_trees
each_pool "trees, numbered, in chunks" in_chunks
check "operands" operands
each_pool "two sources of one name" just_created
each_pool "numbered, twelve times" many_times
check "the backup would be the source" destroyed
check "names too long for a suffix" too_long
check "the place of the backup is taken" is_taken
check "the copy fails" after_failure
check "a directory that is not to be written" in_readonly_directory -b
done_testing
