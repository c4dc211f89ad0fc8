# bench-room.sh - sourced before lib.sh by cases that want sound timing reports.
#
# ext4 without a journal makes every create slow for minutes after some thousand files were removed
# (docs/BENCHMARKING.md), and --bench says so: whatever another test removed would fail this one.

has_no_journal() {
	local device
	[[ $(stat -f -c %T "$1") == ext2/ext3 ]] || return 1
	device=$(readlink -f "$(findmnt -n -o SOURCE -T "$1" | tail -n 1)")
	! compgen -G "/proc/fs/jbd2/${device##*/}-*" >/dev/null
}

if has_no_journal "${TMPDIR:-/tmp}" && [[ -w /dev/shm ]]; then
	export TMPDIR=/dev/shm
fi
