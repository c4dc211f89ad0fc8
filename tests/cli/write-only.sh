# The target has directories with write and search but without read permission, and files with write
# but without read permission: pcopy need not read any of them.
. "$(dirname "$0")/lib.sh"

[[ $EUID -eq 0 ]] || skip_all "only root sees what was made there"

fixture() {
	mkdir -p s/sub/deep s/closed box/sub/deep tree/sub to
	local file
	for file in a sub/b sub/deep/c closed/d; do
		echo "$file" >"s/$file"
		touch -d '2001-02-03 04:05:06' "s/$file"
	done
	head -c 3000000 /dev/zero | tr '\0' x >s/sub/large
	ln s/a s/sub/a2
	ln -s ../a s/sub/link
	mkfifo -m 640 s/sub/fifo
	setfattr -n user.test -v v s/sub || :
	setfattr -n user.test -v v s/sub/b || :
	setfacl -m u:7:r s/sub/b s/sub 2>/dev/null || :
	chmod 555 s/closed
	touch -d '2001-02-03 04:05:06' s/sub/deep s/sub s/closed s
	echo old >box/w
	echo new >s/w
	echo old >box/sub/b
	echo old >tree/sub/b
	chmod 200 box/w
	chown -hR 65534:65534 .
	chmod 333 box box/sub box/sub/deep tree/sub
}

like_before() {
	become_user
	alike fixture "$@"
}

# GNU cp 9.1 moves the backup into the working directory, so it is no judge.
backups() {
	become_user
	fixture
	rm -r s/closed
	local n
	for n in 1 2 3; do
		echo "$n" >s/w
		expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -r -b s/. box
		[[ $n -gt 1 ]] || expect_same old "$(<box/w~)"
		expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -r --backup=numbered s/. box
		expect_same "$n" "$(<"box/w.~$((2 * n - 1))~")"
		expect_quiet
	done
	expect_same "w w.~1~ w.~2~ w.~3~ w.~4~ w.~5~ w~" "$(cd box && echo w*)"
}

large_file() {
	head -c 3000000 /dev/urandom >large
	mkdir acl to
	setfacl -d -m u:7:r acl 2>/dev/null || :
	chown -R 65534:65534 .
}

by_umask() {
	become_user
	AS+=(bash -c "umask $1; exec \"\$@\"" -)
	alike large_file "large to => --chunk-size=1M large to" \
		"-p large to => --chunk-size=1M -p large to" \
		"--no-preserve=mode large to => --chunk-size=1M --no-preserve=mode large to" \
		"--preserve=ownership large to => --chunk-size=1M --preserve=ownership large to" \
		"large acl => --chunk-size=1M large acl"
}

# At the end of the run --fsync works on an unreadable directory, from pcopy's list of written entries.
synced() {
	become_user
	fixture
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -r "--fsync=$1" --chunk-size=1M s/. box
	expect_quiet
	cmp s/sub/large box/sub/large
	cmp s/a box/a
}

bound() {
	mkdir on to s
	mount -t tmpfs tmpfs on || skip "cannot mount a tmpfs"
	echo old >on/f
	touch to/f
	mount --bind on/f to/f
	echo new >s/f
	expect_status 0 pcopy --fsync=end s/f to/f
	expect_quiet
	expect_same new "$(<on/f)"
	(cd to && expect_status 0 pcopy --fsync=end ../s/f f)
}

flags() {
	local test
	command -v chattr >/dev/null || skip "no chattr"
	become_user
	fixture
	chattr +d s/sub 2>/dev/null || skip "no flags here"
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -a --preserve=flags s/. box
	[[ $(lsattr -d box/sub) == *d*' '* ]] || fail "no flag: $(lsattr -d box/sub)"
}

each_pool "into directories that may only be written to" like_before \
	'-r s/. box' '-a s/. box' '-p -r s/. box' '-r s/. tree' '-a s/. tree' '-r s box' '-a s box' \
	'-a --no-preserve=mode s/. box' '-r --preserve=xattr s/. box' '-r --preserve=timestamps s/. box'
check "into directories that may only be written to: replaced" like_before \
	'-r --remove-destination s/. box' '-ru s/. box' '-rn s/. box' '-rl s/. box' \
	'-rf s/. box' '-p -r --attributes-only s/. box' '--parents s/sub/b box' '--parents -p s/sub/b box'
each_pool "into directories that may only be written to: backups" backups
check "files that may only be written to" like_before 's/w box' 's/w box/w' '-p s/w box/w' '-f s/w box' \
	'-u s/w box' '--remove-destination s/w box' '-T s/w box/w' '-l s/w box/new'
for mask in 0777 0400 0602; do
	check "large files, umask $mask" by_umask "$mask"
done
each_pool "synced one by one" synced file
each_pool "synced at the end" synced end
check "a bound file is synced at the end" bound
check "flags" flags
done_testing
