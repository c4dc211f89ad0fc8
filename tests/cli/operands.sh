# Where operands are copied to: each command line is compared with GNU cp.
. "$(dirname "$0")/lib.sh"

fixture() {
	mkdir -p src/sub dir/inside other
	echo a >src/a
	echo b >src/sub/b
	ln -s a src/link
	echo one >one
	echo two >two
	echo old >old
	echo c >other/c
	ln -s dir to-dir
	ln -s src to-src
}

commands=(
	'src new' 'src dir' 'src/ new' 'src/ dir' 'src// dir/' 'src new/' 'src/. new' 'src/. dir' 'src/sub/.. new'
	'./src dir' 'src/sub/../sub new' 'one new' 'one dir' 'one dir/' 'one old' 'one new/' 'one dir/new'
	'one two src dir' 'one two dir/' 'one two new' 'one two old' 'src other dir' 'src/ other/ dir'
	'-t dir one' '-t dir one two src' '-t new one' '-t old one' '--target-directory=dir src other'
	'--target-directory dir src' '-tdir one' '-T src new' '-T src dir' '-T one new' '-T one old'
	'-T one dir' '-T src old' '-T one two dir' '-t dir -T one' '--no-target-directory src/. dir'
	'src/link new' 'src/link dir' 'src to-dir' 'src to-dir/' 'to-src new' 'to-src dir' 'to-src/ new'
	'missing new' 'missing dir' 'missing one dir' 'src missing/new' 'one missing/new' 'one/ dir'
	'src/a/x dir' '-- one dir' 'one -t dir' 'src -r dir' '-R one two dir' '-rT src dir'
	'src/. to-dir' 'src/. to-dir/' 'src/sub/.. to-dir' '-t to-dir src/.' '-t to-dir/ src/. other/.' '-T src to-dir/'
	'-T src to-dir' '-T one to-dir/' '-a src/. to-dir' '-aT src/ to-dir//' 'src/. src' 'src/. to-src' '-T src to-src/'
	'src/. src/. dir' 'src/. dir/inside to-dir' '-b src/. dir'
	'-v -v one missing/x' '/dev/null/x dir' "'' dir" "one ''"
)

# -v would list the copied entries in an unspecified order.
same_as_cp() {
	alike fixture "${commands[@]//-v /}"
}

# `.` and `..` are operands, with the working directory inside the tree.
dot() {
	fixture
	(cd src && cp -r . ../want-dot && cp -r ./. ../other && cp -r sub/.. ../dir)
	mkdir mine
	cd mine
	fixture
	cd src
	expect_status 0 pcopy . ../want-dot
	expect_status 0 pcopy ./. ../other
	expect_status 0 pcopy sub/.. ../dir
	cd ../..
	for tree in want-dot other dir; do
		same_tree "$tree" "mine/$tree"
	done
}
dot_dot() {
	mkdir -p top/cwd
	echo a >top/a
	cp -r top/cwd/.. want
	(cd top/cwd && expect_status 0 pcopy .. ../../got)
	same_tree want got
}

# pcopy examines the directory that holds an operand before the run.  When another directory has its
# name by the time of the open, pcopy does not copy that one.
replaced_directory() {
	local library=${PCOPY%/*}/tests/libtrap.so status=0
	[[ -e $library ]] || skip "no $library"
	mkdir one two other dst
	echo 1 >one/stops
	echo 2 >two/f
	echo 3 >other/f
	start env "LD_PRELOAD=$library" "TRAP=stops STOP" "TRAP_ONCE=$PWD/stopped" "$PCOPY" "${P[@]}" -v \
		one/stops two/f dst
	while_running "$pid" stopped "$pid" || fail "it ended: $(cat "$err")"
	mv two gone
	mv other two
	kill -CONT "$pid"
	wait "$pid" || status=$?
	expect_same 1 "$status" "exit status"
	grep -q "^pcopy: cannot .* 'two/f': Stale file handle$" "$err" || fail "$(cat "$err")"
	expect_same "stops" "$(ls dst)"
}

stopped() {
	[[ $(cut -d ' ' -f 3 "/proc/$1/stat") == T ]]
}

each_pool "each command line" same_as_cp
each_pool "." dot
each_pool ".." dot_dot
for one in $(pools_among serial); do
	pool_options "$one"
	check "a directory of operands that is replaced ($one)" replaced_directory
	P=()
done

# Where pcopy only reads, a slash after a link also means the directory, as it does for a source.
read_only() {
	fixture
	cp -r src copy
	ln -s copy to-copy
	expect_status 0 pcopy --digest src
	local digest dir
	digest=$(cut -d ' ' -f 1 "$out")
	for dir in to-src/ to-src/. to-src// src/.; do
		expect_status 0 pcopy --digest "$dir"
		expect_same "$digest  $dir" "$(<"$out")" "$dir"
		expect_status 0 pcopy --manifest=m "$dir"
		grep -q '^\./sub/b ' m || fail "$dir: $(<m)"
		expect_status 0 pcopy --check=m "$dir"
		expect_status 0 pcopy --verify-only copy "$dir"
	done
	echo changed >src/sub/b
	expect_status 3 pcopy --check=m to-src/
	expect_status 3 pcopy --verify-only to-copy/ to-src/
	expect_status 3 pcopy --verify-only copy to-src # pcopy compares the link itself
}

each_pool "directories behind links, read back" read_only
done_testing
