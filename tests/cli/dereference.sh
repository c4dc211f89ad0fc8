# Symbolic links in the source: copied as they are, or followed: -P, -d, -H, -L.
. "$(dirname "$0")/lib.sh"

links() {
	mkdir -p src/sub/deep outside/tree
	echo file >src/file
	echo deep >src/sub/deep/f
	echo out >outside/f
	echo tree >outside/tree/g
	chmod 751 outside/tree
	chmod 640 outside/f src/file
	ln -s file src/to-file
	ln -s to-file src/chain
	ln -s sub src/to-directory
	ln -s ../outside/f src/sub/to-outside
	ln -s ../../outside/tree src/sub/deep/to-tree
	ln -s "/proc/self/../../dev/null" src/absolute
	mkfifo outside/fifo
	ln -s ../outside/fifo src/to-fifo
	ln src/sub/deep/f src/hard
	ln -s src to-src
	ln -s to-src/file to-file
	ln -s to-src chain
	ln -s nowhere dangling
	ln src/to-file src/sub/other-name-of-a-link
	touch -h -d @1500000000.123 src/* src/sub/* outside/* outside outside/tree
	touch -h -d @1400000000.321 src/sub/to-outside src/to-file
}

words=('' -P -d -H -L -a -aH -aL -LP -PL -HL -LH -HP -Ld -dL -La -Ha -LHd -Lp -LPH
	'-L --preserve=links' '-H --preserve=links' '-L --no-preserve=links' '-aL --no-preserve=links'
	--no-dereference --dereference '--dereference --no-dereference' '-dL --preserve=all')

trees() {
	alike links "${words[@]/%/ -T src dst}"
}

# What hides links: of which names are one inode nobody promised how many on a target without it.
operands() {
	alike links "${words[@]/%/ to-file to-src chain src/to-directory src/to-file outside}" \
		"${words[@]/%/ -T to-src dst}" "${words[@]/%/ to-src/ outside}" "${words[@]/%/ -T chain dst}" \
		"${words[@]/%/ src/absolute dst}"
}

# Following a link to nothing is an error; all other entries are copied.
to_nothing() {
	mkdir -p src/sub dst
	ln -s nowhere src/dangling
	ln -s "$(printf 'd/%.0s' {1..50})x" src/sub/nowhere
	ln -s file/x src/through-a-file
	ln -s dangling src/chain
	ln -s loop src/loop
	ln -s other src/sub/one
	ln -s one src/sub/other
	echo file >src/file
	echo sub >src/sub/file
	ln -s src/dangling dangling
	ln -s loop loop
}

dangling() {
	alike to_nothing '-L -T src dst' '-H -T src dst' '-P -T src dst' '-aL -T src dst' '-L dangling dst' \
		'-H dangling dst' '-H loop dst' '-L loop dst' '-L src/chain src/file dst' '-d dangling loop dst' \
		'-L dangling x' '-LH src/loop src dst'
}

# A directory that contains itself, through a link.
cycles() {
	mkdir -p src/a/b dst
	echo f >src/a/b/f
	ln -s .. src/a/b/up
	ln -s . src/here
	ln -s ../../src src/a/to-top
	mkdir -p two/x two/y
	ln -s ../y two/x/y
	ln -s ../x two/y/x
	ln -s two/x to-x
	ln -s /proc/self/cwd abs
}

in_cycles() {
	alike cycles '-L src dst' '-L -T src new' '-L two dst' '-aL src dst' '-H src dst' '-L src two dst' \
		'-H to-x dst' '-L to-x dst' '-L src/a/b dst' '-d src dst' '-L src/here dst' '-L -v src dst'
}

# The same directory twice, side by side, is not a cycle.
beside() {
	mkdir -p src/real dst
	echo f >src/real/f
	ln -s real src/once
	ln -s real src/twice
	ln -s ../src/real src/again
	mkdir a b c
	ln -s ../c a/l
	ln -s ../c b/l
	echo f >c/f
}

no_cycle() {
	alike beside '-L src dst' '-L -T src new' '-aL src dst' '-L --preserve=links src dst' '-L a b dst' \
		'-aL a b c dst' '-L src/once src/twice dst' '-H src/once src/twice dst' '-L src/once src/real dst'
}

# Names of one file, hard or symbolic links, stay one file where links are preserved.
names() {
	mkdir -p d/e dst
	echo a >d/a
	ln -s a d/b
	ln d/a d/e/c
	ln -s ../a d/e/l
	ln -s ../e/l d/e/m
	echo x >x
	ln -s x y
	ln x z
	ln -s nowhere n
	ln n m
}

one_inode() {
	alike names '-L --preserve=links d dst' '-aL d dst' '-H --preserve=links x y z dst' '-aH y x dst' \
		'-d x y z dst' '-d n m dst' '-a n m dst' '-L --preserve=links x y z dst' '-P --preserve=links y z x dst' \
		'-dR --no-preserve=links d dst' '-L d dst' '-a d/a d/b d/e dst'
}

# With -H an entry below a directory replaces what is there, as without it; one that is an operand does not.
merged_with() {
	mkdir -p src/sub dst/sub
	ln -s new src/l
	ln -s old dst/l
	ln -s new src/sub/onto-file
	echo old >dst/sub/onto-file
	mkfifo src/sub/p
	echo old >dst/sub/p
	echo new >src/file
	ln -s nowhere dst/file
	mkfifo p
	echo old >dst/p
}

below_operands() {
	alike merged_with '-H -T src dst' '-aH -T src dst' '-H src/. dst' '-pH src/sub dst' '-Hf src/sub src/file dst' \
		'-H src/l dst' '-bH -T src dst' '-uH -T src dst' '-nH -T src dst' '-H p dst' '-P p dst' \
		'--attributes-only -H -T src dst' '-H --remove-destination p src/sub dst'
}

# Links in the target, of kinds that neither cp nor pcopy follows.
onto_links() {
	mkdir -p src dst other
	echo new >src/f
	ln -s f src/l
	echo old >other/f
	ln -s ../other/f dst/l
	ln -s src/f op
	ln -s src opd
	ln -s nowhere dst/op
	ln -s ../other dst/opd
}

onto() {
	alike onto_links '-P src/l dst' '-P op dst' '-P opd dst' '-L opd dst' '-H opd dst' '-d -T src dst' \
		'-L op dst/new' '-Lf opd dst' '-L --remove-destination -T src dst' '-H --remove-destination op dst' \
		'-L --remove-destination opd dst' '-L -b -T src dst' '-Pf op dst'
}

# A followed link may lead to a file that only root can read, to another user's file, or below a closed directory.
of_others() {
	mkdir -p src closed dst
	echo secret >closed/f
	echo mine >src/mine
	ln -s ../closed/f src/out
	ln -s ../closed src/dir
	give_to_user .
	chmod 000 closed
}

not_for_us() {
	become_user
	like_cp of_others "$@" -T src dst
	chmod -R u+rwx .
}

# A large file in chunks is copied through a link as by its name.
large() {
	mkdir src dst
	head -c 3000000 /dev/urandom >big
	ln -s ../big src/l
	expect_status 0 pcopy -L --chunk-size=1M src dst
	cmp big dst/src/l
	[[ ! -L dst/src/l ]] || fail "still a link"
	expect_status 0 pcopy -H --chunk-size=1M src/l dst/h
	cmp big dst/h
	expect_no_temporary dst
}

# A deep tree with links to directories on every level.
many() {
	local i at=src
	mkdir -p src real
	seq 1 200 | sed 's/^/real\/f/' | xargs touch
	for i in {1..12}; do
		mkdir "$at/d"
		ln -s "$PWD/real" "$at/l"
		at+=/d
	done
	cp -rL src want
	expect_status 0 pcopy -L src dst
	expect_quiet
	same_tree want dst
	expect_status 0 pcopy -aL src dst2
	cp -aL src want2
	same_tree want2 dst2
	expect_same 1 "$(find dst2/l/f1 dst2/d/l/f1 -printf '%i\n' | sort -u | wc -l)" "inodes of one file"
}

each_pool "trees" trees
check "operands" operands
each_pool "links to nothing, and in circles" dangling
each_pool "directories in themselves" in_cycles
each_pool "directories beside themselves" no_cycle
each_pool "names of one file" one_inode
each_pool "-H below operands" below_operands
check "onto links" onto
each_pool "what others keep closed: -L" not_for_us -L
check "what others keep closed: -P" not_for_us -P
each_pool "large files" large
each_pool "many" many
done_testing
