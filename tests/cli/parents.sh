# --parents: the source's whole name is created below the target; --strip-trailing-slashes.
. "$(dirname "$0")/lib.sh"

tree() {
	mkdir -p a/b/c a/b/d a/x dst e/a
	echo one >a/b/c/one
	echo two >a/b/c/two
	echo three >a/b/d/three
	echo top >a/top
	ln -s c a/b/link
	ln -s a/b to-b
	ln -s a to-a
	ln -s nowhere a/b/c/dangling
	ln -s one a/b/c/l
	ln a/b/c/one a/x/one
	mkfifo a/b/fifo
	chmod 751 a
	chmod 2750 a/b
	chmod 555 a/b/c
	chmod 1777 a/b/d
	chmod 700 e/a
	echo file >file
	touch -h -d @1500000000.5 a/b/c/* a/b/* a/x a file
	if [[ $EUID -eq 0 ]]; then
		chown 12345:23456 a/b/d
		chmod 1777 a/b/d
		touch -d @1500000000.5 a/b/d
	fi
}

# cp sets the mode of a/b/c before the next operand, which denies a user access; pcopy sets it at the end.
writable_tree() {
	tree
	[[ $EUID -eq 0 ]] || chmod u+w a/b/c
}

# --parents with other options, and with each way to specify the preserved metadata.  With cp a
# directory that contains several operands has the time of its last change: no test compares its times.
timeless=(--parents '--parents -v' '--parents --no-preserve=mode' '--parents --preserve=mode'
	'--parents --preserve=ownership' '--parents -L' '--parents -H' '--parents -P' '--parents -l'
	'--parents -b' '--parents -u' '--parents -n' '--parents --remove-destination'
	'--parents --attributes-only' '--parents -f')
options=("${timeless[@]}" '--parents -p' '--parents -a' '--parents --preserve=timestamps' '--parents -pv'
	'--parents -a --no-preserve=mode')

files() {
	alike tree "${options[@]/%/ a/b/c/one dst}" "${timeless[@]/%/ a/b/c/one a/b/d/three file e}" \
		"${options[@]/%/ to-b/c/one to-a/top file dst}"
}

directories() {
	alike tree "${options[@]/%/ a/b/c dst}" "${timeless[@]/%/ a/b/c a/b/d a/x e}" \
		"${options[@]/%/ a/b/link dst}" "${options[@]/%/ a/b/link/ dst}"
}

# (The list leaves out a/b/. and a/b/.., which cp refuses.)
spelling() {
	local SAME="s/failed to get attributes of '([^/']*)'/cannot stat '\1'/; s/(cannot stat '[^/']*)\/x'/\1'/"
	alike writable_tree '--parents a/b/c/ dst' '--parents a/b/c// dst/' '--parents a//b///c/one dst' \
		'--parents ./a/b/c/one dst' '--parents a/./b/./c/one dst' '--parents a/b/../b/c/one dst' \
		'--parents a/b/c/../d/three dst' \
		'--parents file dst' '--parents ./file dst' '--parents to-b dst' '--parents to-b/ dst' \
		'--parents -t dst a/b/c/one a/b/d' '--parents a/b/c/one a/b/c/one dst' \
		'--parents a/b/c a/b/c/one dst' '--parents a/b/c/one a/b/c dst' '--parents a dst' '--parents a/ dst' \
		'--parents a//b/c/one dst//' '--parents -v a//b/c/one dst' '--parents to-b/link/one dst' '--parents -a to-b/link/one dst' \
		'--parents missing/x a/top dst' '--parents file/x dst' \
		'--parents a/b/c/one new' '--parents a/b/c/one file' '--parents -T a/b/c/one dst' \
		'--parents a/b/c/one dst/new' '--parents -v a/b/c/one a/b/c/two a/b/d/three dst' \
		'--parents -v to-b/c/one dst' '--parents ../1/file dst' '--parents file file dst' "--parents '' dst" \
		'--parents a/b/fifo dst' '--parents a/b/c/dangling dst' \
		'--parents a/b/c/l dst' '--parents -pv a/b/c/one e' '--parents a/b e'
}

# The sources are absolute.  The state shows the entries below the target, whatever its name.
absolute() {
	local keep n=0
	mkdir top
	cd top
	tree
	cd ..
	for keep in "${timeless[@]}"; do
		# cp 9.1 looks up an absolute name without its leading slash.
		[[ $keep != *--preserve=mode ]] || continue
		n=$((n + 1))
		mkdir -p "cp/$n" "pcopy/$n"
		cp -r $keep "$PWD/top/a/b/c/one" "$PWD/top/a/b/d/" "cp/$n" >said.raw 2>&1 || echo fails >>said.raw
		sed "s|cp/$n|DST|g" said.raw | said - >>said.cp
		"$PCOPY" "${P[@]}" $keep "$PWD/top/a/b/c/one" "$PWD/top/a/b/d/" "pcopy/$n" >said.raw 2>&1 ||
			echo fails >>said.raw
		sed "s|pcopy/$n|DST|g" said.raw | said - >>said.pcopy
	done
	diff said.cp said.pcopy
	same_state cp pcopy
	[[ -d "pcopy/1$PWD/top/a/b/d" ]] || fail "not there"
}

# A mode that denies even the owner write access during the copy is set at the end.
closed() {
	mkdir -p a/b/c dst
	echo f >a/b/c/f
	chmod 500 a/b/c
	chmod 555 a/b a
	give_to_user .
}

# Parents that may only be searched, as /home often is.
searchable() {
	closed
	setfacl -m u:7:rwx a 2>/dev/null || :
	chmod 311 a a/b
	give_to_user .
}

searchable_parents() {
	become_user
	like_cp searchable "$@" a/b/c dst
}

closed_parents() {
	become_user
	umask "$1"
	like_cp closed "${@:2}" a/b/c dst
	find . -type d -exec chmod u+w {} +
}

# The targets contain existing entries of each kind.
obstacles() {
	writable_tree
	mkdir -p d1 d2/a d3/a/b d4/a/b/c/one d5 d6/a
	echo file >d1/a
	ln -s ../a d2/a/b
	chmod 711 d3/a
	chmod 733 d3/a/b
	ln -s nowhere d5/a
	echo old >d6/a/b
	mkdir outside
	mkdir d7
	ln -s ../outside d7/a
	touch -d @1400000000 d3/a/b d3/a outside
}

in_the_way() {
	local SAME="s/pcopy: ('d[0-9][^']*') exists but is not a dir.*/refused: \1/; s/make dir/create dir/
s/pcopy: cannot overwrite non-directory ('d[^']*') with directory .*/refused: \1/"
	local n commands=()
	for n in 1 3 4 5 6; do
		commands+=("--parents a/b/c/one d$n" "--parents -v a/b/c/one a/b/c/two d$n"
			"--parents --no-preserve=mode a/b/c d$n")
		# Where all parents exist, cp leaves them unchanged.
		[[ $n == 4 ]] || commands+=("--parents -p a/b/c/one d$n")
		[[ $n == [34] ]] || commands+=("--parents -a a/b/d d$n")
	done
	alike obstacles "${commands[@]}" '--parents -v a/b/c/one d7' '--parents a/b/c/one d7' \
		'--parents a/b/d d2' '--parents -p a/b/c/one d7'
}

# pcopy also preserves metadata of parents that existed before.
were_there() {
	obstacles
	expect_status 0 pcopy --parents -a a/b/d d3
	expect_same "751 1500000000.5000000000" "$(find d3/a -maxdepth 0 -printf '%m %T@')"
	expect_same 2750 "$(stat -c %a d3/a/b)"
	expect_status 0 pcopy --parents a/b/d d4
	expect_same 755 "$(stat -c %a d4/a/b)" "without -p"
}

# Without --strip-trailing-slashes a trailing slash makes a symbolic link mean its target.
slashes() {
	mkdir -p d/sub dst
	echo f >d/f
	ln -s d l
	ln -s d/f lf
	ln -s nowhere dangling
	echo file >file
}

strip() {
	local operands commands=()
	for operands in 'l/' 'l//' 'd/' 'd///' 'file/' 'lf/' 'dangling/' 'l/ d/ file/' './l/' 'l/f'; do
		# (These operands name one directory twice, which cp would have to hard link.)
		[[ $operands == l/\ * ]] || commands+=("$operands dst" "-L $operands dst" "-H $operands dst")
		commands+=("--strip-trailing-slashes $operands dst"
			"--strip-trailing-slashes -L $operands dst" "--strip-trailing-slashes --parents $operands dst"
			"--strip-trailing-slashes -t dst $operands" "--strip-trailing-slashes -v $operands dst")
	done
	alike slashes "${commands[@]}"
}

# With an explicit target name cp strips no slashes, which contradicts its manual.
strip_by_hand() {
	slashes
	expect_status 0 pcopy -r --strip-trailing-slashes l/ new
	expect_same d "$(readlink new)"
	expect_status 0 pcopy --strip-trailing-slashes -T file// copy
	cmp file copy
	expect_status 0 pcopy --strip-trailing-slashes -s file/ link
	expect_same file "$(readlink link)"
	expect_status 1 pcopy file/ no
	expect_missing no
}

# pcopy copies a directory whose name ends in dots, which cp refuses.
dots() {
	tree
	mkdir want
	cp -r --parents a/b want
	expect_status 0 pcopy --parents a/b/. dst
	same_state want dst
	expect_status 0 pcopy --parents a/b/c/.. e
	same_state want/a/b e/a/b
}

# pcopy creates no parents for a source that does not exist.
missing() {
	tree
	expect_status 1 pcopy --parents a/b/c/missing dst
	expect_stderr "pcopy: cannot stat 'a/b/c/missing': No such file or directory"
	expect_missing dst/a
	expect_status 1 pcopy --parents -L a/b/c/dangling dst
	expect_missing dst/a
}

# The operand is the working directory itself.
dot() {
	mkdir work dst cp
	cd work
	tree
	cp -r --parents . ../cp
	expect_status 0 pcopy --parents . ../dst
	cd ..
	same_state cp dst
}

# Operands are hard links of each other, and their parents are copied too.
kept_links() {
	alike tree '--parents --preserve=links a/b/c/one a/x/one dst' '--parents -a a/b/c/one a/x/one dst' \
		'--parents -a a/x a/b/c dst' '--parents -l a/x a/b/c dst'
}

# One name of a file cannot be created, which is an error; the other names are one file.
unlinkable() {
	mkdir -p x dst/x
	echo old >dst/x/b
	echo new >a
	ln a x/b
	ln a c
	give_to_user .
	chmod 555 dst/x
}

one_of_three() {
	become_user
	# One worker copies: the order of names is unspecified, and only this name cannot be linked to.
	local P=(--pool=serial) SAME="s/cannot remove 'dst.x.b'/cannot create hard link 'dst\/x\/b' to 'dst\/a'/"
	like_cp unlinkable --parents --preserve=links a x/b c dst
	[[ pcopy/dst/a -ef pcopy/dst/c ]] || fail "not one file"
}

# Many operands have the same parent, so that several workers create it at once.
many() {
	local i
	mkdir -p src want dst
	for i in {1..40}; do
		mkdir -p "src/p$((i % 3))/q$((i % 5))/$i"
		echo "$i" >"src/p$((i % 3))/q$((i % 5))/$i/f"
	done
	chmod 700 src/p1
	chmod 750 src/p2/q2
	cp -rp --parents src/p*/q*/* want
	expect_status 0 pcopy -p --parents src/p*/q*/* dst
	expect_quiet
	same_tree want dst
	mkdir want2 dst2
	cp -rv --parents src/p*/q*/* want2 | sed s/want2/dst2/ | sort >cp.out
	expect_status 0 pcopy -v --parents src/p*/q*/* dst2
	diff cp.out <(sort "$out")
}

each_pool "files" files
each_pool "directories" directories
each_pool "ways to write a source" spelling
check "absolute sources" absolute
each_pool "parents that may only be searched" searchable_parents --parents
each_pool "parents that may only be searched, -p" searchable_parents --parents -p
check "parents that may only be searched, -a, by links" searchable_parents --parents -aL
each_pool "parents that keep their owner out" closed_parents 022 --parents
check "parents that keep their owner out, -p" closed_parents 022 --parents -p
check "parents under umask 077" closed_parents 077 --parents
check "parents under umask 077, --no-preserve=mode" closed_parents 077 --parents --no-preserve=mode
check "what is in the way" in_the_way
check "-a: parents that were there" were_there
check "DIR/. and DIR/.." dots
check "a source that is not there" missing
check "--strip-trailing-slashes" strip
check "--strip-trailing-slashes, target named by hand" strip_by_hand
check "the working directory" dot
each_pool "hard links" kept_links
check "a further name that cannot be made" one_of_three
each_pool "many of one parent" many
done_testing
