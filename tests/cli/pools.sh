# Workers have the requested number, kind and name.
. "$(dirname "$0")/lib.sh"

# with_workers N THREADS ARG...: starts a copy that waits for a writer, with N named children of at
# least THREADS threads each.
with_workers() {
	local want=$1 threads=$2
	shift 2
	mkdir src
	echo other >src/other
	mkfifo src/fifo
	exec 8<>src/fifo
	start "$PCOPY" --copy-contents -r "$@" src dst 8>&-
	until_true all_started "$want" "$threads"
}

# A new child has its parent's name and arguments, and one thread, until it is set up.
all_started() {
	local kid name
	children "$pid"
	[[ ${#kids[@]} -eq $1 ]] || return 1
	for kid in "${kids[@]}"; do
		[[ $(threads_of "$kid") -ge $2 ]] || return 1
		for name in comm cmdline; do
			{ read -rd '' name <"/proc/$kid/$name"; } 2>/dev/null || [[ $name ]] || return 1
			[[ $name == 'pcopy: worker '* ]] || return 1
		done
	done
}

threads_of() {
	find "/proc/$1/task" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l
}

go_on() {
	echo written >&8
	exec 8>&-
	wait "$pid" || fail "status $?: $(cat "$err")"
	expect_same written "$(<dst/fifo)"
	cmp src/other dst/other
}

processes() {
	with_workers 3 1 --pool=processes -j 3
	for title in comm args; do
		ps -o "$title=" -p "$(IFS=,; echo "${kids[*]}")" | sed 's/ *$//' | sort >seen
		printf 'pcopy: worker %s\n' 0 1 2 | diff - seen || fail "ps -o $title"
	done
	for kid in "${kids[@]}"; do
		expect_same 1 "$(threads_of "$kid")" threads
	done
	go_on
}

hybrid() {
	with_workers 2 3 --pool=hybrid -j 2x3
	for kid in "${kids[@]}"; do
		# The process has the threads of its workers, and at most one more that supervises them.
		threads=$(threads_of "$kid")
		[[ $threads -ge 3 && $threads -le 4 ]] || fail "$threads threads in a process of 2x3"
	done
	go_on
}

# reported ARG...: prints pool, processes, threads and the number of workers from the JSON report.
reported() {
	mkdir -p src
	echo a >src/a
	rm -rf dst report
	"$PCOPY" --json=report "$@" src dst
	json report 'd["pool"], d["processes"], d["threads"], len(d["workers"])'
}

counts() {
	local cpus
	cpus=$(json <(echo 0) 'len(__import__("os").sched_getaffinity(0))')
	expect_same "('serial', 1, 1, 1)" "$(reported --pool=serial)"
	expect_same "('threads', 1, 5, 5)" "$(reported -j 5)" "threads are the default"
	expect_same "('threads', 1, 5, 5)" "$(reported --pool=threads -j5)"
	expect_same "('processes', 5, 1, 5)" "$(reported --pool=processes -j 5)"
	expect_same "('hybrid', 2, 2, 4)" "$(reported -j 2x2)" "PxT is a hybrid pool"
	expect_same "('hybrid', 3, 4, 12)" "$(reported --pool=hybrid -j 3x4)"
	expect_same "('threads', 1, 7, 7)" "$(reported --pool=hybrid --pool=threads -j 3 -j 7)" \
		"the last option wins"
	# The default is at most the number of usable CPUs; a quota may lower it.
	threads=$(reported | tr -d ',' | awk '{ print $3 }')
	[[ $threads -ge 1 && $threads -le $cpus ]] || fail "$threads threads on $cpus CPUs"
}

# The affinity mask determines the number, not the CPUs of the machine.
affinity() {
	local cpu
	cpu=$(json <(echo 0) 'min(__import__("os").sched_getaffinity(0))')
	mkdir src
	taskset -c "$cpu" "$PCOPY" --json=report src dst
	expect_same 1 "$(json report 'd["threads"]')"
}

# usable GROUP: prints the number of workers of a process in this control group; ./cgroup is bound
# to /sys/fs/cgroup.
usable() {
	echo "$1" >group
	bash -c 'mount --bind group /proc/$$/cgroup && exec "$@"' - "$PCOPY" --json=report src dst >"$out" 2>"$err" ||
		fail "$(cat "$err")"
	json report 'd["threads"]'
}

# A quota is a number of CPUs, rounded up; of the quotas of a group and its ancestors the lowest
# applies.
quotas() {
	local cpus
	cpus=$(json <(echo 0) 'len(__import__("os").sched_getaffinity(0))')
	[[ $cpus -ge 2 ]] || skip "one CPU"
	[[ $EUID -eq 0 && -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	mkdir -p src cgroup/one/two cgroup/cpu/old
	mount --bind cgroup /sys/fs/cgroup || skip "cannot mount"
	trap 'umount /sys/fs/cgroup; end_started' EXIT
	expect_same "$cpus" "$(usable 0::/one/two)" "no quota"
	echo max 100000 >cgroup/one/cpu.max
	echo 150000 100000 >cgroup/one/two/cpu.max
	expect_same 2 "$(usable 0::/one/two)" "one and a half"
	echo 50000 100000 >cgroup/one/two/cpu.max
	expect_same 1 "$(usable 0::/one/two)" "half a CPU"
	echo 100000 100000 >cgroup/one/cpu.max
	echo 900000 100000 >cgroup/one/two/cpu.max
	expect_same 1 "$(usable 0::/one/two)" "the group above"
	rm cgroup/one/cpu.max
	echo 100000 100000 >cgroup/cpu.max
	expect_same 1 "$(usable 0::/one/two)" "the topmost group"
	expect_same "$cpus" "$(usable 3:cpu,cpuacct:/old)" "none of version 1"
	echo 50000 | tee cgroup/cpu/old/cpu.cfs_quota_us >cgroup/cpu/old/cpu.cfs_period_us
	expect_same 1 "$(usable 3:cpu,cpuacct:/old)" "version 1"
	echo -1 >cgroup/cpu/old/cpu.cfs_quota_us
	expect_same "$cpus" "$(usable 3:cpu,cpuacct:/old)" "version 1, without"
	expect_same "$cpus" "$(usable 4:memory:/old)" "another controller"
}

# The tree has more entries than the queue has places.
small_tree() {
	mkdir -p src/{a,b,c}/{d,e} src/empty
	for file in src/{a,b,c}/{1..9} src/{a,b,c}/{d,e}/{x,y}; do
		echo "$file" >"$file"
	done
	ln -s ../1 src/a/d/link
}

small_queue() {
	small_tree
	for depth in 1 2 3 100; do
		rm -rf dst
		expect_status 0 pcopy --queue-depth=$depth -r src dst
		same_tree src dst type,link
	done
}

shared_table() {
	small_tree
	expect_status 0 pcopy --fd-table=shared src dst
	same_tree src dst type,link
}

# There are more workers than jobs, for a tree of one file.
crowd() {
	mkdir src
	echo a >src/a
	expect_status 0 "$PCOPY" "--pool=$1" -j 40 src dst
	same_tree src dst
}

check "processes: named, real" processes
check "hybrid: processes of threads" hybrid
check "as many as asked for" counts
check "affinity" affinity
check "quotas" quotas
each_pool "queue depths" small_queue
each_pool "shared descriptor table" shared_table
for pool in threads processes hybrid; do
	check "more workers than work ($pool)" crowd "$pool"
done
done_testing
