# Links to the sources instead of copies: -l and -s.
. "$(dirname "$0")/lib.sh"

tree() {
	mkdir -p src/sub/deep dst outside
	echo a >src/a
	: >src/empty
	echo deep >src/sub/deep/f
	ln src/a src/sub/other-name
	ln -s a src/link
	ln -s nowhere src/dangling
	ln -s sub src/to-directory
	ln -s ../outside src/sub/out
	echo out >outside/f
	mkfifo src/fifo
	chmod 4751 src/a
	chmod 750 src/sub
	touch -h -d @1500000000 src/* src/sub/* src/sub src
	ln -s src/a op
	ln -s src opd
}

# By default cp -l follows symbolic links, also with -r: a dangling link is an error.
hard() {
	alike tree '-l -T src new' '-lP -T src new' '-ld -T src new' '-lL -T src new' '-lH -T src new' \
		'-l src dst' '-al src dst' '-lp -T src new' '-lv -T src new' '-l src/a dst' '-l op opd dst' \
		'-lP op opd dst' '-lH op opd dst' '-lL op opd dst' '-l src/a dst/x' '-l src/dangling dst' \
		'-lP src/dangling dst' '-l --preserve=links src dst' '-l --no-preserve=mode -T src new' \
		'-l --parents src/sub/deep/f dst' '-l src/fifo dst' '-ls src/a dst' '-l -l src/a dst' \
		'-l --reflink=always src/a dst' '-l --sparse=always src/a dst' '-l --attributes-only src/a dst' \
		'-l --reflink src/a src/empty dst'
}

soft() {
	alike tree '-s src/a .' '-s src/a new' '-s src/a ./new' '-s src/a dst' '-s -T src new' '-s src dst' \
		'-s op .' '-s op new' '-sP op new' '-sL op new' '-s src/link x' '-s src/fifo x' '-s src/dangling x' \
		'-sv src/a x' '-s src/a src/empty .' '-s opd x' '-sH opd x' '-s src/a opd/new' '-sp src/a x' \
		'-s --attributes-only src/a x' '-s --parents src/a dst' '-s src/a x/../y' '-s ./src/a ./x' \
		'-s missing x' '-s --reflink=always src/a x' '-s src/. new' '-s src/sub/deep/f .' '-sr src/sub .'
}

# Links replace existing targets, or are refused.
existing() {
	tree
	mkdir -p dst/sub/deep dst/fifo-in-the-way
	echo old >dst/a
	ln src/empty dst/empty
	echo old >dst/sub/deep/f
	ln -s a dst/link
	ln -s elsewhere dst/dangling
	mkdir dst/fifo
	echo old >dst/to-directory
	touch -h -d @1400000000 dst/a dst/sub/deep/f dst/link dst/dangling
	echo x >x
	ln -s nowhere l
	ln -s src/empty k
	echo y >y
	chmod 000 y
	mkdir d
	touch -h -d @1400000000 x l k y
}

hard_onto() {
	alike existing '-l -T src dst' '-lf -T src dst' '-lP -T src dst' '-lfP -T src dst' \
		'-l --remove-destination -T src dst' '-lb -T src dst' '-lbf -T src dst' '-ln -T src dst' \
		'-lu -T src dst' '-lufP -T src dst' '-lP --backup=numbered -T src dst' '-l src/a x' '-lf src/a x' \
		'-lf src/a l' '-l src/a l' '-l src/a k' '-lf src/a k' '-l src/empty k' '-lfv src/a y' '-lf -T src/a d' \
		'-l -T src/a d' '-lb src/a l' '-lfP src/link l' '-lfP src/link x' '-l --remove-destination src/a y' \
		'-lf -T src x' '-lf -T src l' '-l src/a dst/link' '-lf src/a dst/link'
}

soft_onto() {
	alike existing '-s src/a x' '-sf src/a x' '-s src/a l' '-sf src/a l' '-s src/a k' '-sf src/a k' \
		'-s --remove-destination src/a x' '-s --remove-destination src/a k' '-sb src/a x' '-sbf src/a l' \
		'-su src/a x' '-sn src/a x' '-sf -T src/a d' '-s -T src/a d' '-sfv src/a y' '-sfP src/link l' \
		'-s --backup=numbered src/a x' '-s x x' '-sf x x' '-sf ./x x' '-sbf x x'
}

# Symbolic links to absolute sources work from any directory; the text of a link is the displayed source name.
absolute() {
	mkdir links
	cd links
	tree
	cd ..
	for side in cp pcopy; do
		for options in -s -sf -sfv -sb -sP -sH -sL; do
			rm -rf there
			cp -a links/dst there
			echo old >there/a
			touch -d @1400000000 there/a
			{
				echo "== $options"
				if [[ $side == cp ]]; then
					cp -r $options -T "$PWD/links/src" there || echo fails
				else
					"$PCOPY" "${P[@]}" $options -T "$PWD/links/src" there || echo fails
				fi
			} >said.one 2>&1
			said said.one >>said.$side
			find there -printf '%p %y %m %l\n' | sort >>said.$side
		done
	done
	diff said.cp said.pcopy
	grep -q "there/sub/deep/f l 777 $PWD/links/src/sub/deep/f\$" said.pcopy || fail "$(cat said.pcopy)"
}

# For operands with slashes and dots the text of a link is the same as cp's.
spelling() {
	local i=0
	mkdir top
	cd top
	tree
	cd ..
	for operand in src/ src// src/. ./src src/sub/.. src//sub; do
		i=$((i + 1))
		cp -rs "$PWD/top/$operand" "cp-$i" 2>cp.err
		expect_status 0 pcopy -s "$PWD/top/$operand" "pcopy-$i"
		diff <(cd "cp-$i" && find . -printf '%p %y %l\n' | sort) \
			<(cd "pcopy-$i" && find . -printf '%p %y %l\n' | sort) || fail "$operand"
	done
}

# A hard link cannot be made to another file system, nor beyond the maximum number of links.
across() {
	mount_image tmpfs 1m
	tree
	cp -rl src mnt/cp 2>cp.err && fail "cp can"
	sed -e 's/^cp: /pcopy: /' -e 's|mnt/cp|mnt/new|g' cp.err | sort >want
	expect_status 1 pcopy -l src mnt/new
	diff want <(sort "$err")
	same_tree mnt/cp mnt/new
	# With -L the hard link is made on the file system of the symbolic link's target.
	ln -s "$PWD/src/a" mnt/sl
	expect_status 0 pcopy -lL mnt/sl dst/linked
	[[ dst/linked -ef src/a ]] || fail "not the same file"
	expect_status 0 pcopy -sf "$PWD/src/a" mnt/sl
	expect_same "$PWD/src/a" "$(readlink mnt/sl)"
}

# Linking reads no file, so the sources may be unreadable.
unreadable() {
	mkdir -p src dst
	echo secret >src/a
	chmod 000 src/a
	ln -s a src/l
	give_to_user .
}

not_read() {
	become_user
	like_cp unreadable "$@"
}

# Files of other users cannot be linked where the kernel protects hard links; the messages are cp's.
of_others() {
	mkdir -p src
	echo a >src/a
	chmod 600 src/a
	echo b >src/b
	if [[ $EUID -eq 0 ]]; then
		chown 65534:65534 . src
		chown 0:0 src/a
	fi
}

protected() {
	[[ $EUID -eq 0 ]] || skip "only root has files of another"
	become_user
	like_cp of_others -l -T src dst
}

# A directory is linked into itself, where the recursion would have no end.
into_itself() {
	tree
	rm src/dangling src/to-directory src/sub/out
	cp -a . "$work/before"
	for operands in 'src src' 'outside src src' 'src src/sub/new'; do
		expect_status 1 pcopy -l $operands
		grep -qF "pcopy: cannot copy a directory, 'src', into itself" "$err" || fail "$(cat "$err")"
		rm -rf src/outside
		diff <(cd "$work/before" && find src | sort) <(find src | sort)
	done
	rm -rf "$work/before"
}

many() {
	mkdir -p src/{a,b,c}/{a,b,c}/{a,b,c}
	find src -type d -exec sh -c 'for d; do touch "$d/1" "$d/2" "$d/3"; done' - {} +
	expect_status 0 pcopy -al src dst
	expect_quiet
	diff <(cd src && find . ! -type d -printf '%p %i\n' | sort) <(cd dst && find . ! -type d -printf '%p %i\n' | sort)
	same_metadata src dst
	expect_status 0 pcopy -al -T src dst
	expect_status 0 pcopy -alf -T src dst
	diff <(cd src && find . ! -type d -printf '%p %i\n' | sort) <(cd dst && find . ! -type d -printf '%p %i\n' | sort)
	expect_no_temporary dst
}

# An inode number is unique only within its file system.
equal_numbers() {
	local i
	[[ $EUID -eq 0 && -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	mkdir -p src/one src/two
	for i in one two; do
		mount -t tmpfs -o size=1m tmpfs "src/$i" || skip "cannot mount a tmpfs"
		echo "$i" >"src/$i/a"
		ln "src/$i/a" "src/$i/b"
	done
	[[ $(stat -c %i src/one/a) -eq $(stat -c %i src/two/a) ]] || skip "the numbers are not equal"
	expect_status 0 pcopy -a --verify src dst
	expect_quiet
	same_metadata src dst
	[[ dst/one/a -ef dst/one/b && dst/two/a -ef dst/two/b ]] || fail "names of one file are two files"
	expect_same 2 "$(stat -c %h dst/one/a)" "names of one file"
}

# Further names that lie on another file system in the target become copies, and the names on one
# file system are linked to each other.
names_on_mounts() {
	local i
	[[ $EUID -eq 0 && -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	mkdir -p src/{a,b,c} dst/src/{b,c}
	echo text >src/a/first
	link_many src/a/first 400 src/b/n src/c/n
	mount -t tmpfs tmpfs dst/src/b && mount -t tmpfs tmpfs dst/src/c || skip "cannot mount a tmpfs"
	expect_status 0 pcopy -a src dst
	expect_quiet
	diff -r src dst/src
	expect_same "400 1" "$(find dst -type f -printf '%n\n' | sort -n -r | uniq | xargs)"
	expect_same 3 "$(find dst -type f -printf '%D %i\n' | sort -u | wc -l)" inodes
}

# On a file system without hard links (exFAT, vfat) each name becomes a copy, and none is missing.
no_links() {
	calls_are_seen
	local i
	[[ -x $PCOPY_BUILD/tests/refuse ]] || skip "no program that refuses calls"
	mkdir src
	echo text >src/first
	link_many src/first 300 src/n
	expect_status 0 timeout 100 "$PCOPY_BUILD/tests/refuse" "$1" linkat -- "$PCOPY" "${P[@]}" -a src dst
	expect_quiet
	diff -r src dst
	expect_same "301 1" "$(find dst -type f -printf '%n\n' | sort | uniq -c | xargs)"
}

each_pool "-l: trees and operands" hard
each_pool "-l: onto what is there" hard_onto
each_pool "-s: trees and operands" soft
check "-s: onto what is there" soft_onto
each_pool "-s: absolute" absolute
check "-s: the text of a link" spelling
check "-l: across file systems" across
check "-l of what cannot be read" not_read -l -T src dst
check "-lP of what cannot be read" not_read -lP -T src dst
check "-s of what cannot be read" not_read -s src/a new
check "-l of others' files" protected
each_pool "-l: into itself" into_itself
each_pool "-al: a tree twice" many
each_pool "-a: two file systems with equal inode numbers" equal_numbers
each_pool "-a: names of one file on three file systems" names_on_mounts
each_pool "-a: links are not permitted" no_links EPERM
each_pool "-a: links are not supported" no_links EOPNOTSUPP
done_testing
