# Called by the name cp: exit status, messages and results are compared with those of GNU cp.
. "$(dirname "$0")/lib.sh"

mkdir "$work/bin"
ln -s "$(readlink -f "$PCOPY")" "$work/bin/cp"
ours=$work/bin:$PATH

fixture() {
	mkdir -p src/sub dir/old-dir full/one closed
	echo a >src/a
	echo b >src/sub/b
	ln src/a src/linked
	ln -s a src/link
	ln -s nowhere src/dangling
	mkfifo src/fifo
	echo one >one
	echo two >two
	echo old >old
	echo newer >newer
	touch -d '2001-02-03 04:05:06' old src/a one
	touch -d '2030-01-01' newer
	echo old >dir/one
	echo inside >full/one/f
	echo x >'a name'
	echo x >$'new\nline'
	chmod 750 src/sub
	chmod 600 two
	ln -s one link
	ln -s src to-src
	ln -s dir to-dir
	ln -s nowhere dangling
	ln -s loop loop
	mkdir into-loop
	ln -s into-loop/../into-loop/l into-loop/l
	touch -h -d '2002-01-01' link
}

# Command lines that are refused because of their options.
mistakes=(
	'' 'one' '-t dir' '-T one' 'one two old new' '-T one two old' '--nothing one new' '--re one new' '--no one new' '--s one new'
	'-y one new' '-j 3 one new' '-q one new' '--p one new' '--verif one new' '--stat one new' '-t'
	'--target-directory' '--recursive=x one new' '--archive=1 one new' '-t dir -t dir one' '-t dir -T one' '-t new one' '-t one two'
	'-ls one new' '-bn one old' '-b -n one old' '--sparse=what one new' '--sparse=a one new' '--sparse one new' '--reflink=n one new'
	'--reflink=what one new' '--reflink=always --sparse=always one new' '--preserve=what one new' '--preserve=mode,x,what one new'
	'--preserve=flags one new' '--preserve= one new' '--no-preserve one new' '--no-preserve=what one new' '--backup=what one old'
	'--preserve=context one new' '--parents one new' '--parents -T one new' '-Z one new' '--context one new' '--context=x one new' '--backup= one old'
)
# Command lines that are refused because of their operands.
refused=(
	'missing new' 'missing dir' 'missing one dir' 'src new' 'src dir' '. new' 'src one dir' 'src/ dir' 'to-src new' '-P to-src new' '-d src new'
	'-l src new' '-s src new' '-L to-src new' '-H to-src new' '-p src one dir' 'one missing/new' 'one new/' 'one two' 'one two new'
	'one one' 'one ./one' 'one link' 'link one' '-f one one' '-b one one' '-r src one' '-T one dir'
	'-r full/one dir' 'one full' 'dangling new' 'one dangling' 'loop new' 'one loop' '-r loop new' 'one/ new' 'one/x new' "'' new" "one ''" 'one one dir'
	'-r src src dir' 'one dir/one dir/old-dir' '-a one dir full/one' "'a name' missing/new" "$'new\\nline' missing/new" 'one /dev/full' '-l one two'
	'-s one dir/x' '-s one two' '-n src dir' '-u missing dir' '--parents src/sub/b missing' '-x src new' '-v src new'
	'--attributes-only src new' '--remove-destination one dir/old-dir/../../one' '-rT dir one' '-rT one dir' '-t dir src one' '-R missing src dir'
)
# Command lines that pcopy refuses before it creates anything, under any name.
early=('-r src src' '-r src src/sub' '-r . dir' '-a src ./src/new' '--parents src/no-such dir')
# Valid command lines: each option, short and long, in full and abbreviated.
done=(
	'one new' 'one two dir' '-v one new' '-v one two dir' '--verb one new' '-a src new' '--arch src new' '-av one new' '-r src new' '-R src dir' '--rec src dir'
	'-dR src new' '-p one new' '--preserve one new' '--pres=mode,timestamps one new' '--preserve=time,own,link,all -r src new' '-a --no-pres=mode src new'
	'--no-preserve=mode one new' '-rL to-src/a link new dir' '-rH to-src new' '-rP to-src new' '--deref link new' '--no-d link new' '-l one new' '--link one two dir'
	'--li link new' '-rl src new' '-s one new' '--sy one two .' '-rs src new' '-b one old' '-bv one old' '--b one old' '--b=simple one old' '--back=num one old'
	'-S .x one old' '--suf=.x one old' '-fb one one' '--backup=none one old' '-n one old' '--no-cl one old' '-nv one old' '-in one old' '-f one old'
	'--fo one old' '-u one newer' '-u two old' '-uv one newer' '-au src dir' '-u src/a newer' '--up one newer' '--remove one old' '--rem -v one old' '--remove-destination one link'
	'-t dir one' '--target=dir one two' '-T one old' '--no-t one old' '--parents src/sub/b dir' '--parents -v src/sub/b dir' '--parent -a src/sub dir' '--path src/a dir'
	'--strip -r to-src/ dir' '--attr one two' '--attributes-only -p two new' '--one-f -r src new' '-x one new' '--copy -r src/a new'
	'--sparse=al one new' '--sparse=never one new' '--reflink=auto one new' '--refl=never one new' 'one -r src dir' '-- one new' 'one -v new' '/dev/null new' '-P /dev/null new'
	'-d /dev/null old' '-pP /dev/null new' 'one /dev/null' 'link new' '-a link new' '-H link new' '-f one dangling' '--remove-destination one dangling' '-r src/. dir'
	'-a . ../all' '-r src/link dir' 'one link' '-r one two' '-ra dir new' '-rT src dir' '-a --parents ./src//sub/ dir' '-rp to-dir/ new' '-Z one new' '--context one new' '-p -n one old'
)

# Under POSIXLY_CORRECT the first operand ends the options, and cp writes through dangling links.
posix=('one -v new' 'one two -t dir' '-v one new' 'one dangling' '-f one dangling' '-r one dangling' 'one to-dir' '-b one dangling')
# Command lines that ask questions, all answered with no.
questions=('-i one old' '-iv one old' '-i one new' '-if two one' '-iu two old' '-i one two dir' '-ir src dir' '-ni one old' '-ib one old' '-i missing dir')
# Command lines that an ordinary user runs.
humble=(
	'secret new' 'one locked' '-f one locked' '-r hidden new' '-r hidden dir' 'one shut/new' '-r src shut/new' '-p foreign new' '-a foreign new' '-r deep new'
	'-a deep new' '--preserve=ownership foreign new' '--remove-destination one locked' '-b one shut/old' '-a src secret new dir'
	'-l foreign new' '-u one shut/old' '-n one shut/old' '-t shut one' '--parents deep/below/f dir' '-p --attributes-only foreign one'
)

humble_fixture() {
	fixture
	echo s >secret
	echo l >locked
	mkdir -p hidden/in shut deep/below
	echo o >shut/old
	echo f >deep/below/f
	echo g >deep/g
	chmod 000 secret
	chmod 444 locked
	chmod 555 shut
	chmod 000 hidden deep/below/f
}

# Adds a set-user-ID file of another owner, which only root can make.
foreign() {
	echo f >template/foreign
	chmod 4755 template/foreign
	chmod -R a+rX template/src
}

# answer_all SIDE PATH OPTION...: runs each of ${commands[@]} in a copy of the template.  Exit status, output,
# messages and resulting files are written to SIDE.status, SIDE.out, SIDE.err and SIDE.state.
answer_all() {
	local side=$1 path=$2 n what status words
	shift 2
	mkdir "$side" "$side.raw"
	[[ ${#AS[@]} -eq 0 ]] || chmod 777 "$side"
	for ((n = 0; n < ${#commands[@]}; n++)); do
		eval "words=(${commands[n]})"
		mkdir "$side/$n"
		if [[ $EUID -eq 0 ]]; then
			cp -a template "$side/$n/work"
		else # an ordinary user cannot read all of the template
			filled "$filler" "$side/$n/work"
		fi
		status=0
		(
			cd "$side/$n/work"
			[[ -z ${CORRECT:-} ]] || export POSIXLY_CORRECT=1
			PATH=$path
			exec "${AS[@]}" "${guard[@]}" cp "$@" "${words[@]}"
		) >"$side.raw/$n.out" 2>"$side.raw/$n.err" < <(printf '%s' "$ANSWERS") || status=$?
		echo "$status" >"$side.raw/$n.status"
	done
	for what in status out err; do
		# messages may come in any order; the unit test checks which long options an abbreviation may mean
		(cd "$side.raw" && grep -aH '' ./*."$what") | sed -e 's/; possibilities:.*//' | sort >"$side.$what" || :
	done
	state "$side" >"$side.state"
	[[ $EUID -eq 0 ]] || chmod -R u+rwx "$side"
	rm -rf "$side" "$side.raw"
}

# beside FIXTURE WHAT...: compares each WHAT (status, out, err or state) of cp and pcopy.
beside() {
	local n what differ=0 filler=$1
	filled "$filler" template
	shift
	if [[ ${#AS[@]} -gt 0 ]]; then
		[[ $EUID -eq 0 ]] || AS=()
		become_user
		[[ $EUID -ne 0 ]] || foreign
		chmod 711 .
	fi
	if [[ ! -d $judged ]]; then
		answer_all cp "$PATH"
		mkdir "$judged"
		mv cp.* "$judged"
	fi
	answer_all ours "$ours" "${P[@]/#-j/--jobs}"
	for what; do
		diff "$judged/cp.$what" "ours.$what" >differs && continue
		while read -r n; do
			differ=$((differ + 1))
			echo "-- cp ${commands[n]}: $what"
			grep "^[<>].*\./$n[./]" differs
		done < <(sed -n 's|^[<>].*\./\([0-9]*\)[./].*|\1|p' differs | sort -nu)
		[[ $differ -gt 0 ]] || fail "$(cat differs)"
	done
	[[ $differ -eq 0 ]] || fail "$differ answers of ${#commands[@]} commands differ"
}

# Runs the program under the name cp, with the options of the pool.
cp_of_ours() {
	(
		PATH=$ours
		exec "${guard[@]}" cp "${P[@]/#-j/--jobs}" "$@"
	)
}

# When the program is called as cp, its messages, help and version begin with that name.
name() {
	expect_status 1 cp_of_ours missing new
	expect_stderr "cp: cannot stat 'missing': No such file or directory"
	expect_status 1 "$work/bin/cp" missing new
	expect_stderr "$work/bin/cp: cannot stat 'missing': No such file or directory"
	expect_status 0 cp_of_ours --help
	[[ $(head -n 1 "$out") == "Usage: cp [OPTION]... [-T] SOURCE DEST" ]] || fail "$(head -n 1 "$out")"
	! grep -q -e --bench -e --jobs= "$out"
	expect_status 0 cp_of_ours --version
	grep -qx 'cp (pcopy) [0-9.]*' "$out"
	ln -s "$(readlink -f "$PCOPY")" cp-or-so
	expect_status 1 ./cp-or-so missing new
	expect_stderr "pcopy: cannot stat 'missing': No such file or directory"
}

# pcopy's own options are accepted if they are written in full.
options_of_pcopy() {
	fixture
	expect_status 0 cp_of_ours -r --stats --verify --queue-depth=8 src new
	grep -q copied "$out"
	expect_status 1 cp_of_ours -r --stat src new-2
	expect_stderr "cp: unrecognized option '--stat'"
	expect_status 0 cp_of_ours --preserve --pa src/a dir
	expect_status 1 cp_of_ours -q one new-3
	expect_stderr "cp: invalid option -- 'q'"
	expect_status 0 cp_of_ours --verify-only src new
	expect_status 0 cp_of_ours --keep one new-4
	expect_status 1 cp_of_ours --update=no one new-5
	expect_stderr "cp: ambiguous argument 'no' for '--update'"
	echo changed >new/a
	expect_status 3 cp_of_ours --verify-only src new
}

# Answering no is a failure, as in cp since 9.2.
declined() {
	fixture
	expect_status 1 cp_of_ours -i one old < <(echo n)
	expect_same "cp: overwrite 'old'? " "$(<"$err")"
	expect_status 0 cp_of_ours -i one old < <(echo y)
	expect_status 0 pcopy -i two old < <(echo n)
	cmp one old
}

# With -u the program writes into an older file and does not replace it.
in_place() {
	fixture
	local number
	number=$(stat -c %i old)
	expect_status 0 cp_of_ours -u two old
	expect_same "$number" "$(stat -c %i old)"
	cmp two old
	expect_status 0 cp_of_ours -au src/. dir
	number=$(stat -c %i dir/sub/b)
	touch -d 2001-01-01 dir/sub/b
	expect_status 0 cp_of_ours -au src/. dir
	expect_same "$number" "$(stat -c %i dir/sub/b)"
}

# With -au the names of one source file become links to one target file, even where a target is newer;
# under the name pcopy the newer target stays.
updated_links() {
	local first
	mkdir s
	echo new >s/a
	ln s/a s/b
	ln s/a s/c
	ln s/a s/d
	for first in a d; do
		rm -rf t
		mkdir t
		echo "first" >t/$first
		ln t/$first t/b
		echo newer >t/c
		touch -d '+1 hour' t/c
		cp -r t u
		expect_status 0 cp_of_ours -au s/. t
		expect_same 4 "$(stat -c %h t/c)" "$first"
		expect_same 1 "$(stat -c %i t/* | sort -u | wc -l)" "$first"
		rm -rf u
	done
	echo newer >u
	touch -d '+1 hour' u
	mkdir v
	cp -p u v/c
	expect_status 0 pcopy -au s/. v
	expect_same newer "$(<v/c)"
}

# While the program fills an entry, it withholds permissions from other users: here it reads a FIFO, in a directory.
meanwhile() {
	umask 002
	mkdir from
	mkfifo from/fifo
	chmod 664 from/fifo
	local keep at
	for keep in mode ownership mode,ownership; do
		start env PATH="$ours" cp "${P[@]/#-j/--jobs}" -R --copy-contents --preserve="$keep" from to
		exec 8>from/fifo
		until_true test -e to/fifo
		at=$(stat -c '%A' to to/fifo | tr '\n' ' ')
		echo done >&8
		exec 8>&-
		wait "$pid"
		case $keep,$at in
		mode,d????-??-?' -'*) ;;
		*ownership,d???------' '-???------' ') ;;
		*) fail "--preserve=$keep: $at" ;;
		esac
		expect_same "drwxrwxr-x -rw-rw-r--" "$(stat -c '%A' to to/fifo | paste -sd ' ')" "$keep"
		rm -r to
	done
}

# On a full disk the files that have no room fail, and the run continues.
full() {
	mount_image tmpfs 1M
	mkdir files
	echo a >files/a
	echo z >files/z
	head -c 2M /dev/zero | tr '\0' x >files/m
	head -c 2M /dev/zero | tr '\0' x >files/n
	# one job at a time, so that removing a failed file makes room for the next
	expect_status 1 cp_of_ours --jobs=1 files/a files/m files/n files/z mnt
	expect_stderr "cp: error writing 'mnt/m': No space left on device"
	expect_stderr "cp: error writing 'mnt/n': No space left on device"
	# tmpfs may be late to count memory that was freed on another CPU: the last file may still fail
	[[ $(wc -l <"$err") -eq 2 && $(<mnt/z) == z ]] ||
		expect_stderr "cp: error writing 'mnt/z': No space left on device"
	expect_same a "$(<mnt/a)"
}

# A signal terminates the copy without a message.
signaled() {
	local number status
	mkfifo fifo
	for number in INT TERM HUP; do
		status=0
		start env PATH="$ours" "${PCOPY_PYTHON:-python3}" -S -c 'import subprocess, sys
run = subprocess.Popen(["cp"] + sys.argv[1:])
open("child", "w").write(str(run.pid))
print(run.wait())' "${P[@]/#-j/--jobs}" fifo new
		until_true test -s child
		until_true catches "$(<child)" TERM # so the copy runs
		kill -"$number" "$(<child)"
		wait "$pid" || status=$?
		expect_same "-$(kill -l "$number")" "$(<"$out")"
		expect_quiet
		rm child
	done
}

# With -a, metadata that cannot be preserved cause no message, as in cp.
unkept() {
	mount_image tmpfs 4M
	umount mnt
	mount -t ramfs ramfs mnt || skip "no ramfs"
	echo a >a
	setfattr -n user.x -v y a 2>/dev/null || skip "no attributes here"
	expect_status 0 cp_of_ours -a a mnt
	expect_quiet
	expect_status 0 pcopy -a a mnt/b
	[[ -s $err ]] || fail "pcopy tells"
	# a list that cannot be preserved is an error, unlike attributes
	setfacl -m u:bin:rw a
	local options
	for options in -p -a --preserve=mode; do
		expect_status 1 cp "$options" a mnt/c
		mv "$err" want
		expect_status 1 cp_of_ours "$options" a mnt/d
		expect_same "$(sed s/c\'/d\'/ want)" "$(<"$err")"
		cmp a mnt/d
	done
	expect_status 0 cp_of_ours --preserve=timestamps a mnt/e
	expect_quiet
}

ANSWERS=
everything=(status out err state)
commands=("${mistakes[@]}")
one_pool "mistakes in options" beside fixture "${everything[@]}"
commands=("${refused[@]}")
each_pool "operands that are refused" beside fixture "${everything[@]}"
commands=("${early[@]}")
one_pool "operands that are refused early" beside fixture status out err
commands=("${done[@]}")
each_pool "each option" beside fixture "${everything[@]}"
commands=("${posix[@]}")
CORRECT=1 one_pool "POSIXLY_CORRECT" beside fixture "${everything[@]}"
commands=("${questions[@]}")
ANSWERS=$'n\nn\nn\nn\nn\nn\n'
each_pool "questions" beside fixture out err state
ANSWERS=
commands=("${humble[@]}")
AS=(as user)
each_pool "an ordinary user" beside humble_fixture "${everything[@]}"
AS=()
one_pool "the name" name
one_pool "pcopy's own options" options_of_pcopy
each_pool "a question that is declined" declined
each_pool "-u writes in place" in_place
each_pool "-au of hard links" updated_links
each_pool "closed while it is filled" meanwhile
each_pool "a full disk" full
each_pool "signals" signaled
each_pool "what -a cannot keep" unkept
done_testing
