# The coordinator is killed: its workers die with it, and the same command completes the tree.
. "$(dirname "$0")/lib.sh"

# The test stops the workers before it kills their parent, so that only SIGKILL can end them: no
# worker exits by itself because the queue is gone.
orphans() {
	local try
	mkdir src
	truncate -s 256M src/big
	for try in {1..10}; do
		rm -rf dst
		start "$PCOPY" "${P[@]}" --sparse=never --chunk-size=1M --reflink=never --bwlimit=200M src dst
		if while_running "$pid" has_children "$pid" 2; then
			kill -STOP "$pid"
			children "$pid"
			# Each worker has its own name, so its startup is complete.
			[[ ${#kids[@]} -gt 0 ]] && all_named && break
			kill -CONT "$pid"
		fi
		wait "$pid" || :
		pid=
	done
	[[ -n $pid ]] || fail "never saw a worker"
	kill -STOP "${kids[@]}"
	kill -KILL "$pid"
	wait "$pid" || :
	for kid in "${kids[@]}"; do
		until_true gone "$kid"
	done
}

all_named() {
	local kid name
	for kid in "${kids[@]}"; do
		{ read -r name <"/proc/$kid/comm"; } 2>/dev/null || return 1
		[[ $name == 'pcopy: worker '* ]] || return 1
	done
}

# True when pcopy has created a file without data: it has a temporary name, or it is empty.
begun() {
	has_temporary dst || [[ -e dst/hangs && ! -s dst/hangs ]]
}

# same_command OLD OPTION...: repeats a killed copy over a target with the contents OLD, or without a target.
same_command() {
	local old=$1 trap_library=${PCOPY%/*}/tests/libtrap.so
	shift
	[[ -e $trap_library ]] || skip "no $trap_library"
	library_is_called
	mkdir -p src dst
	seq 1000 >src/hangs
	seq 2000 >src/other
	if [[ $old ]]; then
		echo "$old" >dst/hangs
		touch -d '1 hour ago' dst/hangs
		chmod 640 dst/hangs
	fi
	start env "TRAP=hangs HANG" "LD_PRELOAD=$trap_library" "$PCOPY" "${P[@]}" -T "$@" src dst
	while_running "$pid" begun || fail "it ended"
	children "$pid"
	kill -KILL "$pid"
	wait "$pid" || :
	for kid in "${kids[@]}"; do
		until_true gone "$kid"
	done
	expect_status 0 pcopy -T "$@" src dst
	cmp src/hangs dst/hangs
	cmp src/other dst/other
	[[ -z $old ]] || expect_same 640 "$(stat -c %a dst/hangs)"
}

for update in -n -u; do
	each_pool "the same command, $update" same_command '' "$update"
done
each_pool "the same command, -u over an older file" same_command older -u
each_pool "the same command, -u and times, over an older file" same_command older -u --preserve=timestamps

for one in $(pools_among processes hybrid); do
	pool_options "$one"
	check "coordinator killed ($one)" orphans
done
done_testing
