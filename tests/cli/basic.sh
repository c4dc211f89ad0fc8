# A tree with each kind of name and entry that a plain copy has to reproduce.
. "$(dirname "$0")/lib.sh"

# The kinds of entries.
kinds() {
	mkdir -p src/sub/deep/deeper src/empty-dir src/sub/empty
	echo one >src/one
	: >src/empty
	seq 1 20000 >src/sub/numbers
	head -c 100000 /dev/urandom >src/sub/deep/noise
	printf x >src/sub/deep/deeper/x
	ln -s one src/link
	ln -s nowhere src/dangling
	ln -s /etc/passwd src/absolute
	ln -s sub/deep src/to-directory
	ln -s ../.. src/sub/up
	ln -s "$(printf 'l%.0s' {1..1000})" src/long-target
}

# Names with each byte that a file system accepts.
names() {
	local long
	long=$(printf 'n%.0s' {1..255})
	mkdir -p "src/$long/$long" "src/ lead" $'src/\xc3\x28' src/-dir
	echo a >"src/$long/$long/$long"
	echo b >"src/$long-"  2>/dev/null || echo b >"src/${long%n}m"
	echo c >$'src/new\nline'
	echo d >"src/it's \"quoted\" \\ back\`tick\$"
	echo e >src/-rf
	echo f >src/--help
	echo g >$'src/\xff\xfe bytes \x80'
	echo h >$'src/\x01\x1b[31m\x7f'
	echo i >"src/ lead/trail "
	echo j >$'src/\xc3\x28/\xc3\xa9'
	echo k >'src/*'
	echo l >src/...
	echo m >src/-dir/-
	ln -s $'tar\nget \xff' $'src/li\nnk'
	ln -s -- -rf src/--link
}

# A directory that is too large for one listing, and more levels than one job handles.
many() {
	local i path=src
	mkdir -p src/wide
	(cd src/wide && seq -f 'file-with-a-somewhat-longer-name-%05.0f' 1 4000 | xargs touch)
	for i in {1..120}; do
		path+=/d$i
		mkdir "$path"
		echo "$i" >"$path/f"
	done
}

# A path longer than PATH_MAX: the check creates and reads it one directory at a time.
beyond_path_max() {
	local step i
	step=$(printf 'p%.0s' {1..250})
	mkdir src
	(
		cd src
		for i in {1..20}; do
			mkdir "$step"
			cd "$step"
		done
		echo far >far
	)
	expect_status 0 pcopy src dst
	(
		cd dst
		for i in {1..20}; do
			cd "$step"
		done
		expect_same far "$(cat far)"
	)
}

like_cp_r() {
	"$1"
	cp -r src want
	expect_status 0 pcopy src dst
	expect_quiet
	same_tree want dst
	same_tree src dst type,link
	expect_no_temporary dst
}

one_file() {
	seq 1 1000 >a
	: >b
	expect_status 0 pcopy a copy-a
	expect_status 0 pcopy b copy-b
	cmp a copy-a
	cmp b copy-b
	ln -s nowhere l
	expect_status 0 pcopy -r l copy-l
	expect_same nowhere "$(readlink copy-l)"
}

# pcopy accepts -r and -R; it copies directories without them, too.
recursive_flags() {
	kinds
	expect_status 0 pcopy -r src a
	expect_status 0 pcopy -R src b
	expect_status 0 pcopy --recursive src c
	same_tree src a
	same_tree src b
	same_tree src c
}

# With the standard descriptors closed, no file of the copy may get their numbers.
closed_descriptors() {
	kinds
	"$PCOPY" "${P[@]}" src dst <&- >&- 2>&-
	same_tree src dst
}

# Nor may the source or the target get the number of standard error.
closed_messages() {
	local status=0
	mkfifo src
	"$PCOPY" "${P[@]}" src dst 2>&- &
	pid=$!
	until_true leads_to / "/proc/$pid/fd/2"
	echo go >src
	wait "$pid" || status=$?
	expect_same 0 "$status"
	expect_same go "$(<dst)"
}

leads_to() {
	[[ $(readlink "$2" 2>/dev/null) == "$1" ]]
}

# The target of a short link must not contain remains of a longer one that are still in memory.
link_lengths() {
	ln -s "$(printf 'x%.0s' {1..1000})" long # the limit of XFS is 1,023
	ln -s short short
	mkdir dst
	expect_status 0 pcopy -P long short dst
	expect_same short "$(readlink dst/short)"
	expect_same 1000 "$(readlink dst/long | tr -d '\n' | wc -c)"
}

# /dev/null is missing, as in a bare chroot, an initramfs or a container from scratch.
no_dev_null() {
	[[ -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	kinds
	"${in_bare_dev[@]}" "$PCOPY" "${P[@]}" src dst 2>"$err" || fail "status $?, said: $(<"$err")"
	expect_quiet
	same_tree src dst
	"${in_bare_dev[@]}" "$PCOPY" "${P[@]}" src closed <&- >&- 2>&-
	same_tree src closed
}
# Runs the program by a descriptor, since it may be stored below /dev, as in /dev/shm.
in_bare_dev=(unshare --mount sh -c 'exec 7<"$1" && shift && mount -t tmpfs none /dev && exec /proc/self/fd/7 "$@"' sh)

each_pool "files, directories, links" like_cp_r kinds
each_pool "names of all bytes" like_cp_r names
each_pool "wide and deep" like_cp_r many
each_pool "paths beyond PATH_MAX" beyond_path_max
each_pool "single entries" one_file
each_pool "closed descriptors" closed_descriptors
each_pool "messages that nobody hears" closed_messages
each_pool "a short link behind a long one" link_lengths
each_pool "no /dev/null" no_dev_null
check "-r and -R" recursive_flags
done_testing
