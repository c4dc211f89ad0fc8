# Workers die with their parent.
. "$(dirname "$0")/lib.sh"

gone() {
	! alive "$1"
}

# The workers are stopped before their parent is killed, so that only a signal
# that asks nobody can end them: none ends by itself because the queue is gone.
orphans() {
	local try
	mkdir src
	truncate -s 256M src/big
	for try in {1..10}; do
		rm -rf dst
		start "$PCOPY" "${P[@]}" --sparse=never --chunk-size=1M src dst
		if while_running "$pid" has_children "$pid" 2; then
			kill -STOP "$pid"
			children "$pid"
			# Each has passed its birth: it has its own name.
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

for one in processes hybrid; do
	[[ " ${POOLS[*]} " == *" $one "* ]] || continue
	pool_options "$one"
	check "coordinator killed ($one)" orphans
done
done_testing
