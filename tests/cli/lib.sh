# lib.sh - common code of the command line tests; each case begins with sourcing it.
#
# A case is a file that makes checks:
#
#	check NAME FUNCTION [ARG...]	runs FUNCTION in a fresh directory, prints one TAP line
#	each_pool NAME FUNCTION [ARG...]	the same for each pool, with $pool and P=(options) set
#	one_pool NAME FUNCTION [ARG...]	for one pool: the checked code runs before any worker
#	done_testing			ends the case
#
# Inside a function any command that fails, fails the check (set -e, which prints
# the line); `fail WHY` and `skip WHY` print a reason.  Judges are GNU cp, diff,
# bsdtar, stat and find, never pcopy itself.
#
# PCOPY names the program under test, PCOPY_POOLS the pools to try.

set -u
LC_ALL=C
export LC_ALL
: "${PCOPY:?set PCOPY to the program under test}"

# The case runs in a private mount namespace: mounts of a check disappear with the case, however it ends.
if [[ $EUID -eq 0 && -z ${PCOPY_TEST_NS:-} ]] && unshare --mount true 2>/dev/null; then
	PCOPY_TEST_NS=1 exec unshare --mount bash "$0" "$@"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/pcopy-test.XXXXXX") || exit 99
chmod 755 "$work"
out=$work/out
err=$work/err
checks=0
failures=0
P=()
umask 022

# plain_name VARIABLE: the loader splits a list of libraries to preload at spaces, and messages quote
# other characters.  Where the path in VARIABLE has any of them, a symbolic link replaces its directory.
plain_name() {
	local path=${!1:-}
	[[ $path == *[!A-Za-z0-9/._+-]* ]] || return 0
	ln -s "${path%/*}" "$work/plain-$1" || exit 99
	export "$1=$work/plain-$1/${path##*/}"
}
for one in PCOPY PCOPY_BUILD PCOPY_SOURCE PCOPY_MPI NODE SWAP; do
	plain_name "$one"
done

# timeout ends a program that hangs; meson ends the whole case itself, which saves a process for each run.
guard=(timeout --foreground -s KILL 100)
[[ -z ${PCOPY_TEST_MESON:-} ]] || guard=()
mkfifo "$work/nap"
exec 9<>"$work/nap"

# Where io_uring is refused, coroutines fall back to threads, and threads would be tested twice.
has_coroutines() {
	: >"$work/probe"
	"$PCOPY" --pool=coroutines --no-fallback -f "$work/probe" "$work/probed" >/dev/null 2>&1
}

every_pool=(serial threads processes hybrid)
! has_coroutines || every_pool+=(coroutines)
POOLS=(${PCOPY_POOLS:-${every_pool[@]}})

# The program looks for libarchive at run time.
has_archive() {
	: >"$work/probe"
	"$PCOPY" --verify=archive -f "$work/probe" "$work/probed" >/dev/null 2>&1
}

# Prints the available readers of --verify.
readers() {
	echo hash
	! has_archive || echo archive
}

# ---- Running checks ----

check() {
	local name=$1 rc
	shift
	checks=$((checks + 1))
	mkdir "$work/$checks" || exit 99
	(
		set -eEu
		trap 'echo "line $LINENO of ${BASH_SOURCE##*/}: status $?: $BASH_COMMAND"' ERR
		trap end_started EXIT
		# Checks remove trees by relative names, and so must not run in any other directory.
		cd "$work/$checks" || exit 99
		"$@"
	) >"$work/log" 2>&1 </dev/null
	rc=$?
	case $rc in
	0) echo "ok $checks - $name" ;;
	77) echo "ok $checks - $name # SKIP $(tail -n 1 "$work/log")" ;;
	*)
		echo "not ok $checks - $name"
		head -c 20000 "$work/log" | tr -c '\n[:print:]' '?' | sed 's/^/# /'
		echo
		failures=$((failures + 1))
		;;
	esac
	remove_tree "$work/$checks"
}

pool_options() {
	pool=$1
	P=(--pool="$pool")
	case $pool in
	serial) ;;
	hybrid | coroutines) P+=(-j 2x2) ;;
	*) P+=(-j 3) ;;
	esac
}

# pools_among NAME...: prints those of the named pools that the case tests.
pools_among() {
	local one
	for one in "$@"; do
		[[ " ${POOLS[*]} " != *" $one "* ]] || echo "$one"
	done
}

each_pool() {
	local name=$1 one
	shift
	judged=$work/judged-$checks
	for one in "${POOLS[@]}"; do
		pool_options "$one"
		check "$name ($one)" "$@"
	done
	[[ ! -d $judged ]] || remove_tree "$judged"
	judged=
	P=()
}

# The pool is threads, the default, where the case tests it.
one_pool() {
	local every=("${POOLS[@]}")
	POOLS=("${POOLS[1]:-${POOLS[0]}}")
	each_pool "$@"
	POOLS=("${every[@]}")
}

remove_tree() {
	local mounts at i
	[[ $1 == "$work"* && $1 == */pcopy-test.* ]] || return 1
	mapfile -t mounts </proc/self/mounts
	for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do
		at=${mounts[i]#* }
		at=${at%% *}
		[[ $at != "$1"/* ]] || umount -l "$at"
	done
	# An ordinary user cannot empty a directory that lacks the write bit.
	[[ $EUID -eq 0 ]] || find "$1" -type d ! -perm -700 -exec chmod u+rwx {} + 2>/dev/null
	rm -rf --one-file-system "$1"
}

clean_up() {
	remove_tree "$work"
}
trap clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

done_testing() {
	echo "1..$checks"
	# meson reads the TAP lines; an exit status would make it report "ERROR" instead of them.
	[[ $failures -eq 0 || -n ${PCOPY_TEST_MESON:-} ]]
	exit
}

# For a case that cannot run at all.
skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

fail() {
	echo "$*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# For checks that intercept the program's system calls, or read them from strace: io_uring makes calls
# that neither sees.  tests/fault makes the calls of io_uring fail as well.
calls_are_seen() {
	[[ $pool != coroutines ]] || skip "calls by io_uring are not seen from outside"
}

# For checks with a preloaded library: on a tmpfs coroutines make their calls themselves.
library_is_called() {
	[[ $(stat -f -c %T .) == tmpfs ]] || calls_are_seen
}

# Skips the check where the file system is mounted noexec.
needs_programs() {
	printf '#!/bin/sh\n' >can-run
	chmod +x can-run
	./can-run 2>/dev/null || skip "no program can be started in $PWD"
	rm can-run
}

# can_clone FILE: whether FILE can be cloned into the current directory.
can_clone() {
	cp --reflink=always "$1" can-clone 2>/dev/null
}

# ---- Running pcopy ----

# Runs the program with the options of the pool.
pcopy() {
	"${guard[@]}" "$PCOPY" "${P[@]}" "$@"
}

# expect_status N COMMAND...: the command exits with N; its output is in $out, its messages are in $err.
expect_status() {
	local want=$1 got=0
	shift
	"$@" >"$out" 2>"$err" || got=$?
	[[ $got -eq $want ]] && return
	printf 'expected status %s, got %s:' "$want" "$got"
	printf ' %q' "$@"
	printf '\n'
	head -n 20 "$err"
	exit 1
}

# expect_stderr LINE: one line of the messages is exactly this.
expect_stderr() {
	grep -qxF -- "$1" "$err" && return
	echo "expected this message: $1"
	echo "got:"
	head -n 20 "$err"
	exit 1
}

# Returns when the clock of the file system shows a later time than FILE's change: a run that starts
# from then on does not treat FILE as changed during the run.
await_later_than() {
	local probe
	probe=$(mktemp -p .)
	until [[ $(stat -c %.9Z "$probe") > $(stat -c %.9Z "$1") ]]; do
		chmod u+x,u-x "$probe"
	done
	rm -f "$probe"
}

expect_quiet() {
	[[ -s $err ]] || return 0
	echo "expected no message, got:"
	head -n 20 "$err"
	exit 1
}

# No unfinished file is left below DIR.
expect_no_temporary() {
	local found
	found=$(find "$@" -name '.pcopy-*')
	[[ -z $found ]] || fail "left behind: $found"
}

expect_missing() {
	[[ ! -e $1 && ! -L $1 ]] || fail "should not exist: $1"
}

expect_same() {
	[[ $1 == "$2" ]] || fail "expected '$1', got '$2'${3:+ ($3)}"
}

# json FILE EXPRESSION: a Python expression over the parsed file, called d.
json() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2"
}

# json_same FILE WANT EXPRESSION [WANT EXPRESSION]...: the same for several of one file.
json_same() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import json, sys
d = json.load(open(sys.argv[1]))
wrong = [f"expected {want!r}, got {got!r}: {asked}" for want, asked in zip(sys.argv[2::2], sys.argv[3::2])
	 if (got := str(eval(asked))) != want]
print(*wrong, sep="\n", end="\n" if wrong else "")
sys.exit(1 if wrong else 0)' "$@"
}

# ---- Judges ----

# listing DIR KEYWORDS: a line for each entry, as bsdtar sees it.
listing() {
	bsdtar -cf - --format=mtree --options='!all,'"$2" -C "$1" . | sort
}

same_listing() {
	diff <(listing "$1" "$3") <(listing "$2" "$3") || fail "$1 and $2 differ in $3"
}

# same_tree A B [KEYWORDS]: the same names, kinds, contents, link targets, and the
# same permission bits unless other mtree keywords are given.
same_tree() {
	diff -r --no-dereference "$1" "$2" || fail "contents of $1 and $2 differ"
	same_listing "$1" "$2" "${3:-type,link,mode}"
}

# All that `cp -p` keeps.
same_metadata() {
	same_tree "$1" "$2" type,link,mode,uid,gid,time
}

# state DIR: a line for each entry with all that a test may compare: kind, mode, owner, length, names
# of the same inode, link target, contents, extended attributes.  A time counts where it is not of the
# last minutes: then it was set, or kept.  (The tests start most of their processes here: each process
# less saves noticeable time.)
state() {
	(
		cd "$1" || exit
		{
			find . -printf '%p\t%i\t%y %m %U %G\t%n\t%s\t%T@\t%l\n' || :
			find . -type f -exec cksum {} + || : # some files may be unreadable
		} | sort | awk -F '\t' -v now="$EPOCHSECONDS" '/^[0-9]+ [0-9]+ \.\// {
				print
				next
			}
			{
				line = $1 " " $3
				if ($3 !~ /^d/) {
					line = line " " $4 " " $5
					if ($4 > 1 && !($2 in first))
						first[$2] = $1
					if ($4 > 1)
						line = line " =" first[$2]
				}
				old = $6 < now - 3000 || $6 > now + 3000
				print line " " (old ? $6 : "new") " " $7
			}'
		attributes=$(getfattr -R -P -h -d -m - -e hex --absolute-names .) || :
		[[ -z $attributes ]] || awk -v RS= -F '\n' '{
				for (i = 2; i <= NF; i++)
					print substr($1, 9) " " $i
			}' <<<"$attributes" | sort
	) 2>/dev/null
}

# same_state A B
same_state() {
	diff <(state "$1") <(state "$2") || fail "$1 and $2 differ"
}

# like_cp FIXTURE ARG...: in a directory that the function FIXTURE filled, `pcopy -r`
# with ARG... has the same exit status, messages and resulting tree as `cp -r`.
# AS=(command) is a prefix for both, for example to change the user; ANSWERS is their
# standard input.  With JUDGE=messages the trees are not compared.  SAME is a sed script
# that makes two wordings equal.  ./cp is cp's tree; under each_pool all pools share it.
AS=()
SAME=
ANSWERS=
JUDGE=all
judged=
like_cp() {
	local fixture=$1 status
	shift
	asked_before "$fixture $*" || {
		filled "$fixture" cp
		answer cp cp.raw.out cp.raw.err cp -r "$@"
		echo "$status" >cp.status
		said cp.raw.err >cp.err
		said cp.raw.out >cp.out
		[[ $JUDGE == messages ]] || state cp/. >cp.state
		keep_answers "$fixture $*"
	}
	filled "$fixture" pcopy
	answer pcopy pcopy.raw.out "$err" "$PCOPY" "${P[@]}" -r "$@"
	[[ $(<cp.status) -eq $((status != 0)) ]] ||
		fail "cp -r $*: status $(<cp.status), pcopy: $status: $(cat cp.err "$err")"
	same_said cp.err "$err" || fail "messages of $* differ"
	same_said cp.out pcopy.raw.out || fail "output of $* differs"
	[[ $JUDGE == messages ]] || diff cp.state <(state pcopy/.) || fail "cp and pcopy differ"
}

# same_said WANT RAW
same_said() {
	[[ ! -s $1 && ! -s $2 ]] || diff "$1" <(said "$2")
}

# alike FIXTURE COMMAND...: the same for many command lines in one check, each in
# directories of its own, copied from one that FIXTURE filled.  "A => B" runs pcopy
# with B and cp with A.
alike() {
	local fixture=$1 n differ=0
	shift
	filled "$fixture" template
	asked_before "$fixture $*" || {
		answers cp '{command%% => *}' "$@"
		keep_answers "$fixture $*"
	}
	answers pcopy '{command##* => }' "$@"
	cmp -s cp.state pcopy.state && cmp -s cp.said pcopy.said && return
	for ((n = 1; n <= $#; n++)); do
		{
			diff <(grep "^$n[.]" cp.said) <(grep "^$n[.]" pcopy.said) || :
			diff <(grep -E "(^| )\./$n(/| )" cp.state) <(grep -E "(^| )\./$n(/| )" pcopy.state) || :
		} >differs
		[[ -s differs ]] || continue
		differ=$((differ + 1))
		echo "-- cp ${RECURSIVE[*]} ${!n}"
		grep '^[<>]' differs || :
	done
	fail "$differ of $# differ"
}

# answers SIDE EXPANSION COMMAND...: writes the resulting trees of all commands to SIDE.state, and
# their messages to SIDE.said.
RECURSIVE=(-r)
answers() {
	local side=$1 expansion=$2 n command status words program=(cp "${RECURSIVE[@]}")
	shift 2
	[[ $side == cp ]] || program=("$PCOPY" "${P[@]}" "${RECURSIVE[@]}")
	mkdir "$side" "$side.raw"
	for ((n = 1; n <= $#; n++)); do
		command=${!n}
		eval "command=\"\$$expansion\""
		eval "words=($command)"
		cp -a template "$side/$n" 2>/dev/null || refilled "$side/$n"
		answer "$side/$n" "$side.raw/$n.out" "$side.raw/$n.err" "${program[@]}" "${words[@]}"
		echo "fails: $((status != 0))" >"$side.raw/$n.status"
	done
	(cd "$side.raw" && grep -s '' ./*) >"$side.all" || :
	said "$side.all" >"$side.said"
	state "$side" >"$side.state"
	rm -r "$side.raw"
}

# answer DIR OUT ERR COMMAND...: runs the command in DIR and sets $status.
answer() {
	local at=$1 to=$2 messages=$3
	shift 3
	status=0
	if [[ -z $ANSWERS ]]; then
		(cd "$at" && exec "${AS[@]}" "${guard[@]}" "$@") >"$to" 2>"$messages" </dev/null || status=$?
		return 0
	fi
	(cd "$at" && exec "${AS[@]}" "${guard[@]}" "$@") \
		>"$to" 2>"$messages" < <(printf '%s' "$ANSWERS") || status=$?
}

# An ordinary user cannot copy a template that contains unreadable files, so the fixture fills the directory again.
refilled() {
	remove_tree "$PWD/$1"
	filled "$fixture" "$1"
}

filled() {
	local here=$PWD
	mkdir "$2"
	cd "$2"
	"$1"
	cd "$here"
}

# True when cp's results for the previous pool can be used again.
asked_before() {
	[[ -n $judged && -e $judged/asked && $(<"$judged/asked") == "$* $ANSWERS" ]] || return 1
	ln -s "$judged"/cp* .
}

keep_answers() {
	[[ -n $judged && ! -d $judged ]] || return 0
	mkdir "$judged"
	mv cp* "$judged"
	echo "$* $ANSWERS" >"$judged/asked"
	ln -s "$judged"/cp* .
}

# The order of entries is unspecified, and the hint at --help names one program.  A prompt has no line
# of its own; cp does not quote the directories that it creates for --parents.
said() {
	[[ ! -f $1 || -s $1 ]] || return 0
	sed -E -e 's|^(\./([0-9]+\.err:))?cp: |\2pcopy: |' -e 's|^\./||' -e ': again' \
		-e 's/^([0-9]+\.err:)?(.*\?) p?co?py?: /\1\2\n\1pcopy: /; t again' -e 's/\? $/?/' \
		-e "s/^([0-9]+\.out:)?([^' ]+) -> ([^' ]+)\$/\1'\2' -> '\3'/" -e '/Try .* --help/d' -e "$SAME" "$1" | sort
}

# link_many FILE COUNT PREFIX...: one process makes COUNT hard links to FILE for each PREFIX.
link_many() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import os, sys
for prefix in sys.argv[3:]:
    for i in range(int(sys.argv[2])):
        os.link(sys.argv[1], prefix + str(i))' "$@"
}

# ---- Users, mounts ----

# Sets AS so that commands run as an ordinary user who owns the current directory.
become_user() {
	[[ $EUID -eq 0 ]] || return 0
	command -v setpriv >/dev/null || skip "no setpriv"
	give_to_user .
	AS=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
	"${AS[@]}" test -x "$PCOPY" || skip "an ordinary user cannot reach $PCOPY"
}

# give_to_user PATH...: makes the user of become_user the owner; an ordinary user already is.
give_to_user() {
	[[ $EUID -ne 0 ]] || chown -hR 65534:65534 "$@"
}

# mount_image FS SIZE: a new file system of this kind at ./mnt.
mount_image() {
	[[ $EUID -eq 0 ]] || skip "only root can mount"
	[[ -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	mkdir mnt
	if [[ $1 == tmpfs ]]; then
		mount -t tmpfs -o "size=$2" tmpfs mnt || skip "cannot mount a tmpfs"
		return
	fi
	command -v "mkfs.$1" >/dev/null || skip "no mkfs.$1"
	truncate -s "$2" image
	"mkfs.$1" -q image >/dev/null 2>&1 || skip "mkfs.$1 failed"
	mount -o loop image mnt 2>/dev/null || skip "cannot mount $1 through a loop device"
}

# mount_folding SIZE: a new file system at ./mnt that treats names that differ only in case as equal,
# by a table of its own: NTFS by lowntfs-3g.
mount_folding() {
	local loop
	[[ $EUID -eq 0 && -n ${PCOPY_TEST_NS:-} ]] || skip "only root can mount"
	command -v mkntfs >/dev/null && command -v lowntfs-3g >/dev/null || skip "no ntfs-3g"
	truncate -s "$1" image
	mkntfs -F -q -f image >/dev/null 2>&1 || skip "mkntfs failed"
	mkdir mnt
	loop=$(losetup --show -f image) || skip "no loop device"
	lowntfs-3g -o ignore_case "$loop" mnt || { losetup -d "$loop"; skip "cannot mount"; }
	losetup -d "$loop" # the kernel frees the loop device with the mount
}

# Prints the path of a test library to preload, or nothing where the library was not built.
built_library() { # NAME
	local at=${PCOPY_BUILD:-${PCOPY%/*}}/tests/lib$1.so
	[[ ! -e $at ]] || echo "$at"
}

# Changes files while they are copied, see meddle.c.
meddle_library=$(built_library meddle)

# Mounts a separate file system at ./mnt, for coarse().
coarse_mount() {
	coarse_library=$(built_library coarse)
	[[ -n $coarse_library ]] || skip "libcoarse.so was not built"
	mount_image tmpfs 16M
}

# coarse NS ARG...: runs the program while ./mnt keeps modification and change times at a
# granularity of NS nanoseconds.
coarse() {
	env LD_PRELOAD="$coarse_library" COARSE="$1" COARSE_DEVICE="$(stat -c %d mnt)" \
		timeout -s KILL 100 "$PCOPY" "${P[@]}" "${@:2}"
}

# ---- Processes ----

# start COMMAND...: runs the command in the background, with the signal dispositions of a
# shell's foreground; $pid is the command's own process.
start() {
	: >"$out" >"$err" # so that no message of an earlier command is left
	env --default-signal=INT,QUIT,HUP,TERM "$@" >"$out" 2>"$err" &
	pid=$!
}

# Kills only jobs that still run: the number of an ended one may belong to another process by now.
end_started() {
	local one
	for one in $(jobs -pr); do
		kill -KILL "$one" 2>/dev/null || :
	done
}

# Whether a process already runs the program, not the shell that will exec it, and catches a signal.
catches() { # PID SIGNAL
	local name mask
	[[ "/proc/$1/exe" -ef $PCOPY ]] || return
	while read -r name mask; do
		[[ $name != SigCgt: ]] || break
	done <"/proc/$1/status"
	(((0x$mask >> ($(kill -l "$2") - 1) & 1) != 0))
}

alive() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	stat=${stat##*) }
	[[ ${stat%% *} != [ZX] ]]
}

gone() {
	! alive "$1"
}

# children PID: sets $kids to its child processes.
children() {
	kids=()
	{ read -ra kids <"/proc/$1/task/$1/children"; } 2>/dev/null || :
}

has_children() {
	children "$1"
	[[ ${#kids[@]} -ge ${2:-1} ]]
}

has_temporary() {
	local found=("$1"/.pcopy-*)
	[[ -e ${found[0]} ]]
}

# until_true COMMAND...: repeats the command until it succeeds; the limit only ends a broken
# run, and is no requirement.
until_true() {
	local i
	for ((i = 0; i < 30000; i++)); do
		"$@" && return
		read -rt 0.001 -u 9 || :
	done
	fail "never came true: $*"
}

# while_running PID COMMAND...: the same, but returns 1 when the process has ended.
while_running() {
	local one=$1 i
	shift
	for ((i = 0; i < 30000; i++)); do
		"$@" && return
		alive "$one" || return 1
		read -rt 0.001 -u 9 || :
	done
	fail "never came true: $*"
}
