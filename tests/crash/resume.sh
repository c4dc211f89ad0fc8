# resume.sh - copies that are killed and resumed; for tests/cli/resume.sh and
# resume-runs, both of which have sourced tests/cli/lib.sh.

# resume_tree: many small files and a large one, at ./src.
resume_tree() {
	local i
	mkdir -p src
	for i in {1..30}; do
		mkdir -p "src/$i"
		seq "$i" "$((i + 300))" | split -a 3 -l 4 - "src/$i/f"
	done
	head -c 24000000 /dev/urandom >src/big
}

# chunks_in FILE CHUNK LENGTH: how many chunks a file with a temporary name says are in.
chunks_in() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import sys
name, chunk, length = sys.argv[1], int(sys.argv[2][:-1]) << 10, int(sys.argv[3])
place = -(-length // 65536) * 65536
with open(name, "rb") as f:
    f.seek(place)
    tail = f.read()
header = 8 + 9 * 8 + 48
ranges = tail[header:header + 16 * -(-length // chunk)]
ends = [ranges[at + 8:at + 16] for at in range(0, len(ranges), 16)]
print(sum(any(end) for end in ends) if tail.startswith(b"pcopy 2\0") else 0)' "$@"
}

has_chunks() {
	local part=("$1"/.pcopy-*.part)
	[[ -e ${part[0]} && $(chunks_in "${part[0]}" 256K "$(stat -c %s src/big)" 2>/dev/null || echo 0) -ge $2 ]]
}

# What of ./src is in ./dst, in bytes: files that are equal, and chunks.
bytes_in() {
	local sum part
	sum=$("${PCOPY_PYTHON:-python3}" -S -c 'import os
def content(name):
    with open(name, "rb") as file:
        return file.read()
names = [os.path.relpath(os.path.join(top, name), "src") for top, _, files in os.walk("src") for name in files]
there = [name for name in names if os.path.isfile(os.path.join("dst", name))]
print(sum(os.path.getsize(os.path.join("src", name)) for name in there
          if content(os.path.join("src", name)) == content(os.path.join("dst", name))))')
	part=(dst/.pcopy-*.part)
	[[ ! -e ${part[0]} ]] ||
		sum=$((sum + 262144 * $(chunks_in "${part[0]}" 256K "$(stat -c %s src/big)")))
	echo "$sum"
}

some_bytes() {
	[[ $(du -sb dst 2>/dev/null | cut -f 1) -ge $1 ]]
}

# resume_runs COUNT: killed at a random moment and resumed; the tree is equal and no more than
# 5 % of it is done twice.
resume_runs() {
	local i total before again most=0 hit=0
	resume_tree
	total=$(find src -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
	for ((i = 0; i < $1; i++)); do
		rm -rf dst
		start "$PCOPY" "${P[@]}" --chunk-size=256K --reflink=never -a src dst
		while_running "$pid" some_bytes "$((RANDOM * total / 32768))" || :
		if kill -STOP "$pid" 2>/dev/null; then
			children "$pid"
			kill -KILL "$pid" "${kids[@]}" 2>/dev/null || :
			hit=$((hit + 1))
		fi
		wait "$pid" || :
		before=$([[ ! -d dst ]] || bytes_in)
		expect_status 0 pcopy --chunk-size=256K --reflink=never -a --resume --json=report -T src dst
		same_metadata src dst
		expect_no_temporary dst
		again=$((${before:-0} + $(json report 'sum(m["bytes"] for m in d["methods"].values())') - total))
		[[ $again -le $((total / 20)) ]] || fail "$again of $total bytes were copied twice"
		[[ $again -le $most ]] || most=$again
	done
	echo "$hit of $1 runs were killed; at most $most of $total bytes were copied twice"
	[[ $hit -gt 0 ]] || fail "no copy was killed"
}
