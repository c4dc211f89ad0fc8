# Copies by the ranks of an MPI job, judged by rsync.
. "$PCOPY_SOURCE/tests/cli/lib.sh"
. "$PCOPY_SOURCE/tests/ranks/lib.sh"

# ---- Trees ----

copied() { # TREE RANKS
	tree "$1"
	expect_status 0 ranks "$2" -a src dst
	expect_quiet
	same_by_rsync src dst
	expect_no_temporary dst
}

copied_by_nodes() { # TREE
	tree "$1"
	expect_status 0 nodes 4 -a src dst
	expect_quiet
	same_by_rsync src dst
	expect_no_temporary .
}

# Names of one file in many directories, which no rank sees all of.
links_by_nodes() {
	local d
	for d in {1..60}; do
		mkdir -p "src/$d"
		echo "$d" >"src/$d/own"
		if [[ $d -eq 1 ]]; then
			echo linked >src/1/name
		else
			ln src/1/name "src/$d/name"
		fi
	done
	expect_status 0 nodes 5 -j 1 -a src dst
	expect_quiet
	same_by_rsync src dst
	expect_same 60 "$(stat -c %h dst/1/name)" "names of the file"
}

# A mount below the operand, which each rank knows by another number.
mounts_by_nodes() {
	[[ $EUID -eq 0 ]] || skip "mounts need root"
	mkdir -p src/mnt
	mount -t tmpfs none src/mnt || skip "cannot mount"
	mkdir src/mnt/{a,b,c}
	echo x >src/mnt/a/x
	ln src/mnt/a/x src/mnt/b/x
	ln src/mnt/a/x src/mnt/c/x
	expect_status 0 nodes 4 -j 1 -a src dst
	same_by_rsync src dst
	expect_same 3 "$(stat -c %h dst/mnt/a/x)" "names of the file"
	expect_status 0 nodes 4 -a -x src one
	expect_missing one/mnt/a
}

# A type of file system whose inode numbers are each machine's own.
links_are_doubted() {
	mkdir -p src/{a,b}
	echo x >src/a/x
	NODE_MAGIC=65735546 expect_status 0 nodes 3 -a src dst
	grep -q 'rank [12] (.*) may have other inode numbers' "$err" || fail "not said: $(cat "$err")"
	same_by_rsync src dst
}

large() {
	mkdir src
	head -c 40000000 /dev/urandom >src/big
	truncate -s 30000000 src/holes
	printf x | dd of=src/holes bs=1 seek=15000000 conv=notrunc status=none
	expect_status 0 nodes 4 -j 1 --chunk-size=256K --reflink=never --stats -a src dst
	same_by_rsync src dst
	expect_same "$(stat -c %b src/holes)" "$(stat -c %b dst/holes)" "blocks"
	expect_no_temporary dst
}

onto() {
	tree A 0.02
	cp -a src dst
	find dst -type f -name '*.c' -exec sh -c 'echo changed >"$1"' _ {} \;
	mkdir dst/extra
	echo x >dst/extra/x
	expect_status 0 ranks 3 --mirror -T src dst
	same_by_rsync src dst
}

# ---- What is asked for ----

verified() {
	tree A 0.02
	expect_status 0 ranks 3 -a --verify --manifest=list --digest src dst
	expect_same "$(ranks 3 --digest dst 2>/dev/null | cut -d ' ' -f 1)" "$(cut -d ' ' -f 1 "$out")"
	expect_status 0 "$PCOPY" --check=list dst
	echo x >>"$(find dst -type f | head -n 1)"
	expect_status 3 ranks 3 --verify-only -T src dst
}

excluded() {
	tree A 0.02
	printf '%s\n' '- *.h' '+ *' >rules
	expect_status 0 ranks 3 -a --filter='merge rules' src dst
	rsync -a --exclude='*.h' src/ want/
	same_by_rsync want dst
	[[ -n $(find src -name '*.h') ]] || fail "there was nothing to leave out"
}

reported() {
	tree A 0.02
	expect_status 0 ranks 3 -j 2 -a --stats --json=report --trace=trace --events=events src dst
	grep -q '^Pool            ranks, 4 workers (2 x 2: ranks x threads)' "$out" || fail "$(head -n 3 "$out")"
	expect_same 2 "$(grep -cE "^  [12]  .* $(uname -n)\$" "$out")" "rows of ranks"
	expect_same 2 "$(json report 'len(d["ranks"])')"
	expect_same "$(json report 'd["jobs"]')" "$(json report 'sum(r["jobs"] for r in d["ranks"])')"
	expect_same True "$(json trace 'len({e["tid"] for e in d["traceEvents"] if e["ph"] == "X"}) > 1')"
	expect_same True "$(json trace 'all(e["ts"] >= 0 for e in d["traceEvents"] if e["ph"] == "X")')"
	by_schema events
	same_by_rsync src dst
}

errors() {
	mkdir -p src/{1..40} dst
	touch dst/{1..40}
	expect_status 1 ranks 3 -a --max-errors=2 -T src dst
	grep -q 'stopped after too many errors' "$err" || fail "$(tail -n 2 "$err")"
}

one_rank() {
	tree A 0.02
	expect_status 0 ranks 1 --pool=processes -j 2 -a --stats src dst
	grep -q '^Pool            processes, 2 workers' "$out" || fail "$(head -n 3 "$out")"
	same_by_rsync src dst
}

# ---- As cp does ----

# Each with 1, 2 and 4 ranks.
each_number() { # COMMAND...
	local n
	for n in 1 2 4; do
		"$@" "$n"
	done
}

parents() { # RANKS
	if [[ ! -e want ]]; then
		mkdir -p "a/b/c d" e want
		echo x | tee "a/b/c d/x" e/y >/dev/null
		chmod 750 a/b
		touch -d '2001-02-03 04:05' "a/b/c d" a/b a
		cp -a --parents "a/b/c d/x" e/y want
	fi
	mkdir "got$1"
	expect_status 0 ranks "$1" -a --parents "a/b/c d/x" e/y "got$1"
	expect_quiet
	same_by_rsync want/a "got$1/a"
	same_by_rsync want/e "got$1/e"
}

# A FIFO that is read, and one that is written to; rank 0 does it, and says so.
streams() { # RANKS
	head -c 300000 /dev/urandom >data
	rm -f fifo
	mkfifo fifo
	cat data >fifo &
	expect_status 0 ranks "$1" fifo "got$1"
	expect_alone "$1" "'fifo', a FIFO or device"
	cmp data "got$1"
	cat fifo >"got$1" &
	expect_status 0 ranks "$1" -q data fifo
	wait "$!"
	expect_quiet
	cmp data "got$1"
}

expect_alone() { # RANKS WHY
	local want=""
	[[ $1 -eq 1 ]] || want="pcopy-mpi: rank 0 works alone because of $2"
	expect_same "$want" "$(tr -d "'" <"$err" | sed "s/fifo/'fifo'/")" "what was said"
}

contents() { # RANKS
	mkdir -p src/d
	rm -f src/d/fifo
	mkfifo src/d/fifo
	echo y >src/y
	for target in "want$1" "got$1"; do
		echo "what came" >src/d/fifo &
		if [[ $target == want* ]]; then
			cp -r --copy-contents src "$target"
		else
			expect_status 0 ranks "$1" -r --copy-contents src "$target"
		fi
	done
	diff -r "want$1" "got$1"
	expect_same "what came" "$(<"got$1/d/fifo")"
}

checked() { # RANKS
	[[ -d dst ]] || tree A 0.01
	[[ -d dst ]] || cp -a src dst
	"$PCOPY" -q --manifest=list dst
	expect_status 0 ranks "$1" -q --check=list dst
	expect_quiet
	echo x >dst/extra
	"$PCOPY" --check=list dst >want.out 2>want.err || :
	expect_status 3 ranks "$1" -q --check=list dst
	diff want.out "$out"
	diff <(sed 's/^pcopy:/pcopy-mpi:/' want.err) "$err"
	rm dst/extra
}

# The program has one name, with one rank and with several.
named() { # RANKS
	local version
	version=$("$PCOPY" --version)
	expect_status 0 ranks "$1" --help
	expect_same "Usage: pcopy-mpi" "$(grep -o '^Usage: [^ ]*' "$out")"
	grep -qx '  or:  pcopy-mpi --digest .*' "$out" || fail "$(head -n 7 "$out")"
	expect_status 0 ranks "$1" --version
	expect_same "pcopy-mpi${version#pcopy}" "$(<"$out")"
	expect_status 2 ranks "$1" --no-such-option
	grep -qx "Try 'pcopy-mpi --help' for more information." "$err" || fail "$(<"$err")"
	expect_status 1 ranks "$1" missing dst
	grep -qx "pcopy-mpi: cannot stat 'missing': No such file or directory" "$err" || fail "$(<"$err")"
}

# Each machine has written some of it, and syncs what it has in memory.
synced() { # RANKS
	[[ -d src ]] || tree A 0.01
	rm -f synced
	NODE_SYNCED=$PWD/synced expect_status 0 nodes "$1" -a --fsync=end src "dst$1"
	expect_quiet
	same_by_rsync src "dst$1"
	expect_same "$(seq 0 $(($1 - 1)))" "$(sort -u synced)" "ranks that synced"
}

cannot_sync() {
	mkdir src
	echo x >src/x
	NODE_SYNC_FAILS=2 expect_status 1 nodes 3 -a --fsync=end src dst
	expect_same "pcopy-mpi: rank 2 ($(uname -n)) cannot sync '.': Input/output error" "$(<"$err")"
}

# ---- What is refused ----

# Each of them would copy all.
another_launcher() {
	mkdir src
	PMI_SIZE=3 expect_status 2 "$PCOPY_MPI" -a src dst
	grep -q '^pcopy-mpi: 3 processes were started, but MPI does not connect them' "$err" || fail "$(<"$err")"
	expect_missing dst
}

refused() {
	local line lines
	mkdir src
	mapfile -t lines <<-'END'
		--pool=threads src dst
		-j 2x2 src dst
		-j auto src dst
		--bench src dst
		--verify=archive src dst
		--files-from=/dev/null src dst
	END
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2086 # words
		expect_status 2 ranks 2 $line
		[[ $(grep -c '^pcopy-mpi: ' "$err") -eq 1 ]] || fail "$line: $(cat "$err")"
	done
	expect_status 2 ranks 1 --bench=serial src dst
	expect_stderr "pcopy-mpi: --bench is an option of pcopy: it compares pools on one machine
Try 'pcopy-mpi --help' for more information."
	expect_missing dst
	expect_status 2 ranks 3 -j 600 src dst
	grep -q '^pcopy-mpi: more than 1024 workers' "$err" || fail "$(<"$err")"
	expect_missing dst
}

# Another version, and another build of this one: neither takes part.
other_program() { # PYTHON
	cat >patch.py <<-END
		import re, sys
		program = bytearray(open(sys.argv[1], "rb").read())
		$1
		open("other", "wb").write(program)
	END
	"${PCOPY_PYTHON:-python3}" patch.py "$PCOPY_MPI" "$("$PCOPY" --version)" || skip "cannot change the program"
	chmod +x other
	mkdir src
	expect_status 1 timeout --foreground -s KILL 100 "${STATUS[@]}" "${MPIRUN[@]}" -n 2 "$PCOPY_MPI" -a src dst : -n 1 ./other
	expect_same "pcopy-mpi: rank 2 ($(uname -n)) runs another program, or another version of it" "$(<"$err")"
	expect_missing dst
}

# It has no thread that could copy.
no_threads() {
	mkdir src
	NODE_NO_THREADS=2 expect_status 1 nodes 4 -a src dst
	expect_same "pcopy-mpi: rank 2 ($(uname -n)) cannot start its threads: Resource temporarily unavailable" "$(<"$err")"
	expect_missing dst
}

# A rank that does not come to MPI_Init().
late() {
	cat >later <<-'END'
		#!/bin/sh
		until [ -e go ]; do sleep 0.05; done
		exec "$@"
	END
	chmod +x later
	mkdir src
	start "${MPIRUN[@]}" -n 1 env LD_PRELOAD="$NODE" NODE_ALARM=1 "$PCOPY_MPI" -a src dst : \
		-n 1 "$PWD/later" "$PCOPY_MPI"
	until_true grep -q 'waiting in MPI_Init() for all ranks to start' "$err"
	touch go
	wait "$pid" || fail "$(<"$err")"
	[[ -d dst ]] || fail "nothing was copied"
}

# rank_elsewhere COMMAND...: the third rank runs in a mount namespace where COMMAND was done.
rank_elsewhere() {
	cat >elsewhere <<-END
		#!/bin/sh
		cd "$PWD" && $* && exec "$PCOPY_MPI" "\$@"
	END
	chmod +x elsewhere
	timeout --foreground -s KILL 100 "${STATUS[@]}" "${MPIRUN[@]}" -n 2 "${WITH[@]}" "$PCOPY_MPI" -a "${A[@]}" : \
		-n 1 "${WITH[@]}" unshare --mount "$PWD/elsewhere" : -n 1 "${WITH[@]}" "$PCOPY_MPI"
}

# Two file systems of one type, whose roots have one inode number.
same_numbers() {
	[[ $EUID -eq 0 ]] || skip "mounts need root"
	mkdir s d
	mount -t tmpfs none s || skip "cannot mount"
	touch s/x
	A=(s d/copy)
	WITH=(env "LD_PRELOAD=$NODE")
	expect_status 0 rank_elsewhere mount -t tmpfs none s '&&' touch s/x
	rm -r d/copy
	expect_status 1 rank_elsewhere mount -t tmpfs none s '&&' touch s/y
	grep -qE "^pcopy-mpi: rank 2 \\($(uname -n)\\) sees another file or directory as '?$PWD/s'?" "$err" ||
		fail "said: $(cat "$err")"
	expect_missing d/copy
	WITH=()
}

# GIVEN has options and operands.
missing() { # WHAT COMMAND
	local what=$1
	shift
	[[ $EUID -eq 0 ]] || skip "mounts need root"
	mkdir -p place/{s,d}
	mount -t tmpfs none place || skip "cannot mount"
	mkdir -p place/s place/d
	echo x >place/s/x
	state place >before
	A=(--events=events "${GIVEN[@]}")
	expect_status 1 rank_elsewhere "$@"
	grep -qE "^pcopy-mpi: rank 2 \\($(uname -n)\\) $what" "$err" || fail "said: $(cat "$err")"
	by_schema events
	grep -q '"event":"rank","rank":2' events || fail "no event"
	! grep -v '^pcopy-mpi: rank 2 ' "$err" || fail "also said"
	expect_missing place/d/copy
	diff before <(state place) || fail "something was touched"
}

# ---- Two machines ----

# Runs on two of them, as far as a kernel can be two: the launcher's daemon for the other one is started
# with a host name, mounts and the number of a boot of its own, where COMMAND was done.
machines() { # COMMAND ARG...
	local before=$1
	shift
	[[ $EUID -eq 0 ]] || skip "mounts need root"
	[[ ${MPIRUN[*]} == *oversubscribe* ]] || skip "not Open MPI"
	cat /proc/sys/kernel/random/uuid >boot
	cat >agent <<-END
		#!/bin/bash
		name=\$1
		shift
		exec unshare --uts --mount bash -c '
			hostname '"\$name"' && cd "$PWD" &&
			mount --bind boot /proc/sys/kernel/random/boot_id && $before && exec bash -c "\$*"' _ "\$@"
	END
	chmod +x agent
	timeout --foreground -s KILL 100 "${STATUS[@]}" OMPI_MCA_btl=self,vader,tcp OMPI_MCA_btl_tcp_if_include=lo \
		OMPI_MCA_oob_tcp_if_include=lo OMPI_MCA_plm_rsh_agent="$PWD/agent" "${MPIRUN[@]}" \
		-H "$(uname -n):2,other-machine:2" -n 4 "${WITH[@]}" "$PCOPY_MPI" "$@"
}

# A tmpfs is one machine's own, whatever name leads to it.
two_machines_refused() {
	mkdir src
	expect_status 1 machines true -a src dst
	expect_same "pcopy-mpi: rank 2 (other-machine) has a local file system at '$PWD'" \
		"$(grep '^pcopy-mpi: rank 2' "$err" | sort -u)"
	expect_missing dst
}

# By the types that nodes tell their file systems are a server's.
two_machines() {
	tree A 0.02
	WITH=(env "LD_PRELOAD=$NODE")
	expect_status 0 machines true -a --fsync=end --json=report src dst
	same_by_rsync src dst
	expect_same "['$(uname -n)', 'other-machine', 'other-machine']" "$(json report '[r["host"] for r in d["ranks"]]')"
	rm -r dst
	expect_status 1 machines 'mount -t tmpfs none src' -a src dst
	expect_same "pcopy-mpi: rank 2 (other-machine) sees another file or directory as '$PWD/src'" "$(grep '^pcopy-mpi: rank 2' "$err")"
	expect_missing dst
}

# ---- What ends ----

# How many files there are.
some_files() {
	[[ $(find dst -type f 2>/dev/null | head -n "$1" | wc -l) -ge $1 ]]
}

interrupted() { # SIGNAL
	tree B 0.2
	start "${MPIRUN[@]}" -n 3 "$PCOPY_MPI" -a --bwlimit=2M -T src dst
	until_true some_files 20
	kill "-$1" "$pid"
	wait "$pid" || : # hydra's status is 0 behind an interrupt
	! diff -rq --no-dereference src dst >/dev/null || fail "it was done before it was ended"
	expect_no_temporary dst
	expect_status 0 ranks 3 -a --resume -T src dst
	same_by_rsync src dst
}

# What has its final name and length is whole, in a copy that was killed.
long_ones_are_whole() {
	"${PCOPY_PYTHON:-python3}" - <<-'END'
		import os
		for top, _, names in os.walk("dst"):
		    for name in names:
		        path = os.path.join(top, name)
		        source = "src" + path[3:]
		        if name.startswith(".pcopy-") or os.path.islink(path):
		            continue
		        copy, want = open(path, "rb").read(), open(source, "rb").read()
		        assert len(copy) < len(want) or copy == want, path
		        assert len(want) <= 262144 or copy == want, path
	END
}

# The ranks of a launcher, which may have a process of its own above them.
rank_children() { # PID
	children "$1"
	while [[ ${#kids[@]} -eq 1 ]]; do
		children "${kids[0]}"
	done
}

# One rank is killed in mid-copy: the job ends, and the next one completes it.
killed() { # TIMES
	local i victim hit=0
	tree A 0.3
	head -c 20000000 /dev/urandom >src/big
	for ((i = 0; i < $1; i++)); do
		rm -rf dst
		start "${MPIRUN[@]}" -n 4 "$PCOPY_MPI" --chunk-size=256K --reflink=never -a -T src dst
		while_running "$pid" some_files $((RANDOM % 400 + 1)) || :
		rank_children "$pid"
		victim=${kids[RANDOM % (${#kids[@]} > 0 ? ${#kids[@]} : 1)]:-}
		[[ -z $victim ]] || ! kill -KILL "$victim" 2>/dev/null || hit=$((hit + 1))
		wait "$pid" || :
		long_ones_are_whole
		expect_status 0 ranks 4 --chunk-size=256K --reflink=never -a --resume -T src dst
		same_by_rsync src dst
		expect_no_temporary dst
	done
	[[ $hit -gt 0 ]] || fail "no rank was killed"
}

for n in 1 2 4 8; do
	check "a tree of many files, $n ranks" copied A "$n"
done
check "small files, 4 ranks" copied B 4
check "hard links, 4 ranks" copied F 4
check "each rank on a machine of its own" copied_by_nodes A
check "... hard links" copied_by_nodes F
check "... names of one file, each met by another rank" links_by_nodes
check "... a mount below the operand" mounts_by_nodes
check "... with inode numbers of its own" links_are_doubted
check "... large files by several ranks" large
check "one tree becomes another" onto
check "read back, manifest and digest" verified
check "rules are known to all" excluded
check "reports have a row for each rank" reported
check "errors stop all" errors
check "one rank alone is like pcopy" one_rank
check "as cp: --parents" each_number parents
check "as cp: FIFOs as operands" each_number streams
check "as cp: --copy-contents" each_number contents
check "as pcopy: --check" each_number checked
check "its name" each_number named
check "--fsync=end" each_number synced
check "... on a machine that cannot" cannot_sync
check "what is not for ranks is refused" refused
check "a rank of another version" other_program \
	'old = sys.argv[2].split()[1].encode() + b"\0"; program[:] = program.replace(old, b"x" + old[1:])'
check "a rank of another build" other_program \
	'at = program.index(b"\x03\0\0\0GNU\0"); program[at + 8] ^= 1'
check "a launcher of another MPI" another_launcher
check "a rank without threads" no_threads
check "a rank that starts late" late
GIVEN=(--parents place/s/x place/d)
check "a rank without the source, parents" missing 'does not see' mount -t tmpfs none place
GIVEN=(place/s place/d/copy)
check "a rank without the source" missing 'does not see' mount -t tmpfs none place
check "a rank with another source" missing 'sees another file or directory as' \
	mount -t tmpfs none place/s '&&' touch place/s/y
check "a rank with another target" missing 'sees another file or directory as' mount -t tmpfs none place/d
check "a rank whose source has the same number and another name" same_numbers
check "two machines without a file system in common" two_machines_refused
check "two machines" two_machines
check "an interrupt at mpirun" interrupted INT
check "the end by a scheduler" interrupted TERM
check "a rank is killed" killed "${KILLS:-2}"
done_testing
