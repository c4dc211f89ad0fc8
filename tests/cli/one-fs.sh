# -x: pcopy creates the mount points of other file systems and leaves them empty.
. "$(dirname "$0")/lib.sh"

[[ $EUID -eq 0 ]] || skip_all "only root can mount"
[[ -n ${PCOPY_TEST_NS:-} ]] || skip_all "no private mount namespace here"

# The tree has a mounted file system, one mounted below that, and bind mounts of a directory and a file.
mounted() {
	mkdir -p src/other src/sub/other src/bound src/here other/deep
	echo a >src/a
	echo b >src/sub/b
	echo bound >src/bound-file
	echo here >src/here/h
	mount -t tmpfs -o size=1m,mode=751 tmpfs src/other || skip "cannot mount a tmpfs"
	mkdir -p src/other/d src/other/inner
	echo c >src/other/c
	echo d >src/other/d/d
	mount -t tmpfs -o size=1m,mode=2755 tmpfs src/other/inner
	echo e >src/other/inner/e
	mount -t tmpfs -o size=1m,mode=700 tmpfs src/sub/other
	echo f >src/sub/other/f
	mount -t tmpfs -o size=1m tmpfs other/deep
	echo far >other/deep/far
	echo again >other/again
	mount --bind src/here src/bound
	mount --bind other/deep/far src/bound-file
	ln -s other src/to-other
	ln -s ../other/deep src/to-far
	ln -s ../other/deep/far src/to-file
	ln -s other/c src/to-c
	ln -s other/deep op
	touch -h -d @1500000000 src/other/c src/other/d/d src/other/d src/other src/sub src/a src
}

as_cp() {
	local options operands n=0
	mounted
	for options; do
		for operands in '-T src DST' 'src/other src/sub DST/' 'op src/to-other DST/' '-T src/other DST' \
			'src/to-far src/bound DST/' 'src/bound-file src/a DST/'; do
			n=$((n + 1))
			rm -rf cp pcopy
			[[ $operands != */ ]] || mkdir cp pcopy
			local status=0
			cp -r $options ${operands/DST/cp} >said.raw 2>&1 || status=1
			sed "s/'cp/'DST/g" said.raw | said - >said.cp
			echo $status >>said.cp
			status=0
			"$PCOPY" "${P[@]}" -r $options ${operands/DST/pcopy} >said.raw 2>&1 || status=1
			sed "s/'pcopy/'DST/g" said.raw | said - >said.pcopy
			echo $status >>said.pcopy
			diff said.cp said.pcopy || fail "$options $operands"
			same_state cp pcopy || fail "$options $operands"
		done
	done
}

# The target may contain a mounted file system of its own, and pcopy writes to it.
into_other() {
	mounted
	mkdir -p dst/other
	mount -t tmpfs -o size=1m tmpfs dst/other
	expect_status 0 pcopy -x -T src dst
	expect_same "" "$(ls dst/other)"
	expect_same b "$(cat dst/sub/b)"
	expect_missing dst/sub/other/f
	expect_same 751 "$(stat -c %a src/other)"
	expect_status 0 pcopy -T src dst
	expect_same c "$(cat dst/other/c)"
	expect_same f "$(cat dst/sub/other/f)"
}

# Hard links are kept although other names of the tree are left out.
hard_links() {
	mounted
	umount src/bound src/bound-file
	ln src/a src/sub/a
	ln src/other/c src/other/d/c
	expect_status 0 pcopy -ax -T src dst
	[[ dst/a -ef dst/sub/a ]] || fail "not one file"
	expect_same "" "$(ls dst/other)"
	expect_status 0 pcopy -alx -T src linked
	[[ linked/a -ef src/a ]] || fail "not linked to the source"
}

each_pool "as cp" as_cp -x -axv
check "as cp, with others" as_cp '' -xL -xH -xp -xn -xu '-x --one-file-system' -xd -xb
each_pool "into other file systems" into_other
check "hard links" hard_links
done_testing
