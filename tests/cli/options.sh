# GNU cp's options in combination and with its environment variables, refused options, and prompts.
. "$(dirname "$0")/lib.sh"

unset VERSION_CONTROL SIMPLE_BACKUP_SUFFIX POSIXLY_CORRECT

fixture() {
	mkdir -p dir src/x
	echo a >a
	echo b >b
	echo f >src/x/f
	echo old >dir/a
	ln -s a l
	ln -s src tosrc
	ln -s d2 d1
	ln -s dir/d3 d2
	ln -s ../d1 dir/up
	touch -h -d @1500000000 a b dir/a src/x/f l
}

words=(
	'--backup=bogus a b' '--backup= a b' '--backup=n a b' '--backup=no a b' '--backup=ne a b'
	'--sparse=q a b' '--sparse= a b' '--sparse=al a b' '--reflink=a a b' '--reflink=q a b' '--reflink= a b'
	'--suffix a' '--no-such-option a b' '-y a b' '-b -S a/b a b' "-S '' a b" '-S.x a b'
)
contradictions=(
	'-bn a b' '-nb a b' '--backup=none -n a b' '-S .x -n a b' '-ls a b' '-sl a c'
	'--reflink --sparse=never a b' '--reflink=always --sparse=always a b' '-t dir -T a' '-t dir -t src a'
	'--parents a b' '--parents a new' '--parents -T a dir' '--parents a b new' '-T -t dir a'
)
last_wins=(
	'-HP l new' '-PH l new' '-LP l new' '-aL l new' '-La l new' '-dH l new' '-Ld l new' '-H l tosrc new'
	'-l l new' '-lP l new' '-la l new' '-ld l new' '-ni a b' '-in a b' '-fin a b' '-if a b' '-iu b a'
	'-n -u a b' '-i -n -i a b' '-p --no-preserve=timestamps a new' '--no-preserve=mode -p a new'
)


# Usage errors have their own exit status, and print the hint at --help.
usage() {
	fixture
	local words
	for words in "${contradictions[@]}" '--preserve=q a b' '--preserve= a b' '--update=q a b' \
		'--method=sendfile a b' '--method=rw --reflink a b' '--method=clone --sparse=never a b' \
		'--method=copy_file_range --reflink=never a b' '--bench -L src new' '--backup=bogus a b' \
		'-b --update=none a b' '--runs=3 src new' '--max-slowdown=7 src new'; do
		[[ $words != '--parents a b new' ]] || continue
		expect_status 2 pcopy $words
		expect_stderr "Try 'pcopy --help' for more information."
		[[ ! -e new && $(cat b) == b ]] || fail "$words touched something"
	done
}

# pcopy also accepts 'flags', which cp does not have.
keep_words() {
	fixture
	local status=0
	cp --preserve=mode,q a b 2>&1 | sed "s/^cp:/pcopy:/; /Try/d" >want
	expect_status 2 pcopy --preserve=mode,q a b
	diff want <(grep -vxF -e "  - 'flags'" -e "Try 'pcopy --help' for more information." "$err")
}

control() {
	local variable n=0
	for variable in VERSION_CONTROL=bogus VERSION_CONTROL=n VERSION_CONTROL= VERSION_CONTROL=t \
		SIMPLE_BACKUP_SUFFIX=.x SIMPLE_BACKUP_SUFFIX=/x SIMPLE_BACKUP_SUFFIX=; do
		n=$((n + 1))
		mkdir "$n"
		cd "$n"
		AS=(env "$variable")
		alike fixture 'a b' '-b a b' '--backup a b' '--backup= a b' '--backup=simple a b' '-S .y a b'
		cd ..
	done
}

# With POSIXLY_CORRECT the first operand ends the options, and pcopy writes through dangling links.
posix() {
	mkdir with without
	cd with
	AS=(env POSIXLY_CORRECT=1)
	alike fixture 'a dir -v' 'a -b b' 'a d1' 'a d2' '-n a d1' '-L l d1' '-P l d1' 'src d1' '-b a d1' '-s a d1' \
		'--remove-destination a d1' '-f a d1' 'a dir/up' '-T a dir/up' '-i a d1'
	cd ../without
	AS=()
	alike fixture 'a d1' '-n a d1' '-b a d1' '--remove-destination a d1' 'a dir -v'
}

strip() {
	alike fixture '-v tosrc/ new' 'tosrc/ dir' \
		'--strip-trailing-slashes tosrc/ dir' '--strip-trailing-slashes -t dir tosrc/ src//' \
		'--parents src/x/ dir' '--parents -v src//x//f dir//' '--parents tosrc/ dir' \
		'--parents -v src/x// dir' '--parents -v src/x/ dir'
}

backups_fixture() {
	fixture
	echo older >b~
}

# A file is copied onto itself and becomes its own backup.
own_backup() {
	alike backups_fixture '-fb a a' '-fb b b' '-fbv a a' '-f --backup=t a a' '-bv a a' '-f --backup=t dir/a dir/a' '-fb -S .x a a' \
		'-fb l l' '-fb a ./a' '-fb a dir' '-f --backup=none a a'
}

# A signal cancels the copy while it waits for an answer that may never come.
signal() {
	fixture
	mkfifo answers
	exec 8<>answers
	start "$PCOPY" "${P[@]}" -i a b dir <answers
	until_true grep -q "overwrite 'dir/a'? " "$err"
	kill -INT "$pid"
	until_true gone "$pid"
	local status=0
	wait "$pid" || status=$?
	expect_same 130 "$status"
	expect_same old "$(cat dir/a)"
}

# A pipe that stays open holds two answers at once.
no_more_read() {
	fixture
	mkfifo answers
	exec 8<>answers
	echo old >dir/b
	printf 'y\ny\nrest\n' >&8
	timeout --foreground -s KILL 100 "$PCOPY" "${P[@]}" -i a b dir <answers 2>"$err"
	cmp a dir/a
	cmp b dir/b
	read -r line <&8
	expect_same rest "$line"
}

check "words" alike fixture "${words[@]}"
check "contradictions" alike fixture "${contradictions[@]}"
check "the last one counts" alike fixture "${last_wins[@]}"
check "usage errors" usage
check "words of --preserve" keep_words
check "--help ends it" expect_status 0 pcopy -l -s --help
check "VERSION_CONTROL, SIMPLE_BACKUP_SUFFIX" control
check "POSIXLY_CORRECT" posix
check "slashes at the end" strip
check "-f and a backup of its own" own_backup
each_pool "a signal ends a question" signal
each_pool "answers, no more" no_more_read
done_testing
