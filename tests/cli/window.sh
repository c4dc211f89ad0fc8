# At no moment does a copy grant any user more access than its final metadata does.
#
# watch.c is preloaded into pcopy and logs the state of each target entry after each call that may
# change it; window.py checks the log.
. "$(dirname "$0")/lib.sh"

here=$(cd "$(dirname "$0")" && pwd)
uid=$(id -u) # the user who runs the program
watch=${PCOPY%/*}/tests/libwatch.so
[[ -e $watch ]] || skip_all "no $watch"
command -v setfacl >/dev/null || skip_all "no setfacl"

modes=(0600 0640 0400 0000 0666 0755 04755 02711 02777 01777)
owners=(0:0 1001:2001 0:2001)

# The tree has each mode with each owner, for an empty, small and large file, a directory and a FIFO.
fixture() {
	local mode owner dir
	[[ $EUID -eq 0 ]] || owners=("$(id -u):$(id -g)")
	mkdir src
	for owner in "${owners[@]}"; do
		for mode in "${modes[@]}"; do
			dir=src/${owner/:/-}-$mode
			mkdir "$dir"
			: >"$dir/empty"
			echo some >"$dir/small"
			head -c 200000 /dev/zero | tr '\0' x >"$dir/large"
			mkfifo "$dir/fifo"
			mkdir "$dir/dir"
			echo in >"$dir/dir/file"
			chown -R "$owner" "$dir"
			chmod "$mode" "$dir"/*
		done
	done
	with_lists
}

# The group bits of the mode are the mask of the ACL, and grant more than the group's own entry.
with_lists() {
	local owner dir
	for owner in "${owners[@]}"; do
		dir=src/${owner/:/-}-list
		mkdir "$dir"
		echo some | tee "$dir/user" "$dir/group" >"$dir/few"
		head -c 200000 /dev/zero | tr '\0' x >"$dir/large"
		mkdir "$dir/dir" "$dir/both"
		echo in >"$dir/dir/file"
		chown -R "$owner" "$dir"
		chmod 600 "$dir/user" "$dir/group" "$dir/few" "$dir/large"
		chmod 700 "$dir/dir" "$dir/both"
		setfacl -m u:1002:rw "$dir/user" "$dir/large" || skip "no access control lists here"
		setfacl -m g:2002:r "$dir/group"
		setfacl -m u:1002:rwx,g::r,m::r "$dir/few"
		setfacl -m u:1002:rwx "$dir/dir" "$dir/both"
		setfacl -d -m u:1003:rwx,g:2003:rx "$dir/both"
	done
}

# The case makes the tree once: making it for each check would take longer than the tested copies.
source_tree() {
	if [[ ! -d $work/fixture ]]; then
		mkdir "$work/fixture"
		(cd "$work/fixture" && fixture)
	fi
	ln -s "$work/fixture/src" src
}

# Prints the state of the existing entries, in the format of watch.c.
states_of() {
	[[ ! -e $1 ]] || find "$1" -printf '%i %#m %U %G %s -\n'
}

# watched NAME OPTION...: copies ./src to NAME once, and checks the log.
watched() {
	local dst=$1 status=0
	shift
	states_of "$dst" >old
	: >log
	chmod 666 log
	WATCH_UID=$uid WATCH_ROOT=$PWD/$dst WATCH_LOG=$PWD/log LD_PRELOAD=$watch \
		"${AS[@]}" "$PCOPY" "${P[@]}" "$@" -T src/. "$dst" 2>"$err" || status=$?
	[[ $status -eq 0 || ($status -eq 1 && $uid -ne 0) ]] || fail "$dst: status $status: $(head -n 5 "$err")"
	WATCH_UID=$uid "${PCOPY_PYTHON:-python3}" -S "$here/window.py" log old src/. "$dst" >judged ||
		fail "$* $dst, umask $(umask): $(head -n 12 judged)"
}

# The targets lie in a plain, a default ACL and a set-group-ID directory, under several umasks.
new_target() {
	calls_are_seen
	local mask dir size
	source_tree
	mkdir plain list group
	setfacl -d -m u:1003:rwx,g:2003:rwx,g::rwx,o::rx list || skip "no access control lists here"
	if [[ $EUID -eq 0 ]]; then
		chown 0:2004 group
	fi
	chmod 2775 group
	while read -r mask dir size; do
		umask "$mask"
		watched "$dir/$mask-$size" "$@" --chunk-size="$size"
	done <<-END
		022 plain 64M
		000 plain 64K
		022 list 64K
		077 list 64M
		000 group 64M
		0277 plain 64K
	END
}

# The targets exist: when they have their new owner, their old mode must not grant any user more
# access.
existing_target() {
	calls_are_seen
	local mode
	[[ $uid -eq 0 ]] || skip "only root changes owners"
	source_tree
	umask 022
	for mode in 0660 0606 06777; do
		cp -r src/. "old-$mode"
		find "old-$mode" -type f -exec chmod "$mode" {} +
		find "old-$mode" -mindepth 1 -type d -exec chmod "0${mode: -3}" {} +
		find "old-$mode" -mindepth 1 -type d -exec chmod u+rwx {} +
		watched "old-$mode" "$@" --chunk-size=64K
	done
}

# The copying user may read the files of others, but may not change owners.
ordinary_user() {
	calls_are_seen
	source_tree
	[[ $EUID -eq 0 ]] || skip "only root can become another user"
	command -v setpriv >/dev/null || skip "no setpriv"
	AS=(setpriv --reuid=1001 --regid=2001 --groups=2005 --)
	uid=1001
	"${AS[@]}" test -x "$PCOPY" || skip "an ordinary user cannot reach $PCOPY"
	mkdir home
	chown 1001:2001 home
	chmod 755 "$work/fixture" . ..
	umask 022
	watched home/new "$@"
	chown 1001:2005 home
	chmod 2770 home
	watched home/group "$@"
}

each_pool "as by default" new_target -r
for options in --preserve=mode --preserve=ownership -p -a; do
	each_pool "$options" new_target "$options"
	each_pool "$options onto an existing tree" existing_target "$options"
	each_pool "$options, an ordinary user" ordinary_user "$options"
done
done_testing
