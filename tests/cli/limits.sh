# Copies under low resource limits: processes, memory, descriptors, stack.
. "$(dirname "$0")/lib.sh"

fixture() {
	local i
	mkdir -p src/a/b/c/d/e/f/g
	for i in {1..100}; do
		echo "$i" >"src/a/file-$i"
		mkdir "src/a/b/$i"
		echo "$i" >"src/a/b/$i/file"
	done
	head -c 5000000 /dev/urandom >src/large
	echo deep >src/a/b/c/d/e/f/g/file
}

# The limit allows fewer workers than requested: those that start copy everything, and a message
# reports that they are fewer.
few_processes() {
	become_user
	[[ $EUID -eq 0 ]] || skip "the limit counts all processes of a user"
	fixture
	chown -R 61234:61234 .
	expect_status 0 setpriv --reuid=61234 --regid=61234 --clear-groups -- \
		prlimit --nproc="$1" "$PCOPY" --pool="$2" -j "$3" src dst
	diff -r src dst
	if [[ $1 -lt 4 ]]; then
		grep -q '^pcopy: continuing with fewer workers' "$err" || fail "not said: $(cat "$err")"
	fi
}

# A control group limits the number of tasks.
pids_max() {
	local group=/sys/fs/cgroup status=0
	[[ ! -d $group/pids ]] || group=$group/pids # version 1
	group=$group/pcopy-test-$BASHPID
	[[ $EUID -eq 0 ]] || skip "only root makes control groups"
	mkdir "$group" 2>/dev/null || skip "no control group can be made"
	# shellcheck disable=SC2064 # $group is local
	trap "rmdir '$group' 2>/dev/null || :; end_started" EXIT
	[[ -e $group/pids.max ]] || skip "no controller of tasks"
	echo 3 >"$group/pids.max"
	fixture
	bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$group" \
		timeout --foreground -s KILL 100 "$PCOPY" "${P[@]}" -j "$1" src dst >"$out" 2>"$err" ||
		status=$?
	expect_same 0 "$status" "$(cat "$err")"
	diff -r src dst
	# the coroutine pool itself has only two threads: the kernel may start no io_uring worker
	[[ $pool == serial || $pool == coroutines ]] || grep -q '^pcopy: continuing with fewer workers' "$err" || fail "not said: $(cat "$err")"
}

little_memory() {
	fixture
	# glibc reserves 64 MiB of addresses for a thread's heap, which may leave none for the stack of
	# the next thread
	expect_status 0 env MALLOC_ARENA_MAX=1 prlimit --as=$((96 << 20)) \
		"$PCOPY" --pool="$1" -j "$2" --chunk-size=1M src dst
	diff -r src dst
	expect_quiet
}

# under COMMAND...: a copy under a limit is complete, or reports why it is not.  The function
# returns 1 when the program itself cannot be loaded.
under() {
	local status=0
	rm -rf dst
	timeout --foreground -s KILL 60 "$@" "$PCOPY" "${P[@]}" src dst >"$out" 2>"$err" || status=$?
	case $status in
	0) diff -r src dst || fail "$*" ;;
	1) [[ -s $err ]] || fail "status 1 without a word: $*" ;;
	127) return 1 ;;
	*) fail "status $status: $*: $(cat "$err")" ;;
	esac
}

# falling_memory FROM STEP: the limit falls from FROM to 2 MiB or until the program cannot be loaded.
falling_memory() {
	local size
	fixture
	for ((size = $1; size > 2 << 20; size -= $2)); do
		under prlimit --as="$size" || return 0
	done
}

# The limit sinks until the program cannot start: pcopy reports an error, and never crashes or hangs.
less_and_less_memory() {
	falling_memory $((40 << 20)) $((3 << 20))
}

# The last steps before the program cannot be loaded: pcopy cannot allocate its options and operands.
memory_for_options() {
	falling_memory $((5 << 20)) $((32 << 10))
}

few_descriptors() {
	local limit
	fixture
	for limit in 64 32; do
		rm -rf dst
		expect_status 0 prlimit --nofile="$limit" "$PCOPY" "${P[@]}" --chunk-size=1M src dst
		diff -r src dst
	done
}

# The descriptors do not suffice for the whole copy: pcopy neither crashes nor hangs, and reports each failure.
too_few_descriptors() {
	local limit
	fixture
	for limit in 25 20 16 13 {11..5}; do
		under prlimit --nofile="$limit" || return 0
	done
}

# Workers that share one descriptor table compete for the last descriptor, also with a worker that
# is about to remove a file that failed.
nothing_stays() {
	local limit status
	mkdir -p src/a/b
	head -c 3M /dev/urandom >src/a/b/one
	cp src/a/b/one src/a/two
	cp src/a/b/one top
	for ((limit = 30; limit > 12; limit--)); do
		rm -rf dst
		mkdir dst
		status=0
		timeout --foreground -s KILL 60 prlimit --nofile="$limit" "$PCOPY" --fd-table=shared -j 8 \
			--chunk-size=64K src top dst >"$out" 2>"$err" || status=$?
		[[ $status -le 1 ]] || fail "status $status with $limit descriptors: $(cat "$err")"
		expect_no_temporary dst
	done
}

# The stack has 256 KiB, and two thousand directories are nested.  With -r workers finish each
# directory at once, with -a one job finishes each run of them.
small_stack() {
	local i
	mkdir src
	"${PCOPY_PYTHON:-python3}" -S - <<-'END'
		import os
		os.chdir("src")
		for i in range(2000):
		    os.mkdir("d")
		    open("f", "w").write(str(i))
		    os.chdir("d")
	END
	expect_status 0 prlimit --stack=$((256 << 10)) "$PCOPY" "${P[@]}" -r src plain
	expect_same 4001 "$(find plain | wc -l)" entries
	expect_status 0 prlimit --stack=$((256 << 10)) "$PCOPY" "${P[@]}" -a src dst
	expect_same 4001 "$(find dst | wc -l)" entries
	expect_same "$(find src -type f -printf '%P %s %T@\n' | sort | cksum)" \
		"$(find dst -type f -printf '%P %s %T@\n' | sort | cksum)"
}

# One listing reports more than a result holds: twenty thousand paths of 2,700 bytes, with a clock
# that gives one job time for all of them.  Further jobs report the rest.
much_to_tell() {
	[[ -n $meddle_library ]] || skip "libmeddle.so was not built"
	"${PCOPY_PYTHON:-python3}" -S - <<-'END'
		import os
		os.mkdir("src")
		os.chdir("src")
		for i in range(11):
		    os.mkdir("n" * 248)
		    os.chdir("n" * 248)
		for i in range(20000):
		    os.symlink("x", "l%d" % i)
	END
	cp -r src dst
	expect_status 0 env LD_PRELOAD="$meddle_library" MEDDLE_CLOCK=100 timeout --foreground -s KILL 100 "$PCOPY" "${P[@]}" -rnT --debug \
		--json=report src dst
	expect_quiet
	expect_same 20000 "$(grep -c '^skipped' "$out")" "links reported"
	expect_same 20000 "$(json report 'd["entries"]["symlink"]["skipped"]')"
}

for one in $(pools_among threads processes hybrid); do
	jobs=4
	[[ $one != hybrid ]] || jobs=2x2
	check "one process allowed ($one)" few_processes 1 "$one" "$jobs"
	check "four processes allowed ($one)" few_processes 4 "$one" "$jobs"
	check "96 MiB of addresses, four workers ($one)" little_memory "$one" "$jobs"
done
each_pool "a control group of three tasks" pids_max 6
each_pool "less and less memory" less_and_less_memory
check "no memory for options" memory_for_options
each_pool "more to tell than fits" much_to_tell
each_pool "few descriptors" few_descriptors
each_pool "too few descriptors" too_few_descriptors
check "too few descriptors leave nothing unfinished" nothing_stays
# the two pools differ in which thread's stack the limit applies to
for one in $(pools_among serial hybrid); do
	pool_options "$one"
	check "a small stack and deep directories ($one)" small_stack
done
done_testing
