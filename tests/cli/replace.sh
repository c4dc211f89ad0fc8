# How pcopy replaces an existing target: --remove-destination, -f, and directories behind symbolic links.
. "$(dirname "$0")/lib.sh"

# A source of each kind meets a target of each kind; of the cases with directories, only the possible ones.
kinds() {
	local kind old
	mkdir -p src dst
	for kind in file link fifo; do
		for old in file link dangling fifo hard closed loop; do
			made "src/$kind-on-$old" "$kind" new
			made "dst/$kind-on-$old" "$old" old
		done
	done
	made src/dir-on-file dir new
	made dst/dir-on-file file old
	made src/dir-on-dir dir new
	made dst/dir-on-dir dir old
	made src/file-on-dir file new
	made dst/file-on-dir dir old
	chmod 4751 src/file-on-file
	touch -h -d @1400000000 dst/*
}

made() {
	case $2 in
	file) echo "$3" >"$1" ;;
	link) ln -s "../$3" "$1" ;;
	loop) ln -s "${1##*/}" "$1" ;;
	dangling) ln -s nowhere "$1" ;;
	fifo) mkfifo "$1" ;;
	dir)
		mkdir "$1"
		echo "$3" >"$1/$3"
		;;
	hard)
		echo "$3" >"$1"
		ln "$1" "$1-other-name"
		;;
	closed)
		echo "$3" >"$1"
		chmod 000 "$1"
		;;
	esac
}

removed() {
	alike kinds '--remove-destination -T src dst' '--remove-destination -p -T src dst' \
		'--remove-destination -a -T src dst' '--remove-destination -v -T src dst' \
		'--remove-destination -f -T src dst' '--remove-destination -d -T src dst' \
		'--remove-destination -l -T src dst' '--remove-destination -u -T src dst' \
		'--remove-destination -b -T src dst'
}

# The target is named explicitly, so that pcopy follows a link there.
by_hand() {
	local options target commands=()
	for options in '' -f --remove-destination '-f --remove-destination' '-v --remove-destination' -L \
		'-L --remove-destination' '-p --remove-destination' -fp; do
		for target in file hard closed link dangling dir loop; do
			commands+=("$options -T src/file-on-file dst/file-on-$target")
			commands+=("$options -T src/link-on-file dst/link-on-$target")
		done
		commands+=("$options src/fifo-on-file dst/fifo-on-fifo" "$options -T src/dir-on-dir dst/dir-on-file"
			"$options src/dir-on-dir dst" "$options src/file-on-file dst/fifo-on-file")
	done
	alike kinds "${commands[@]}"
}

user_kinds() {
	kinds
	give_to_user .
}

kinds_and_chains() {
	kinds
	ln -s file-on-dangling dst/to-dangling
}

# POSIX requires writing through a dangling link, and through a link that leads to one.
by_posix() {
	export POSIXLY_CORRECT=1
	alike kinds_and_chains '-T src/file-on-file dst/file-on-dangling' '-f -T src/file-on-file dst/file-on-link' \
		'-T src/file-on-hard dst/file-on-hard' '-T src/link-on-file dst/link-on-dangling' \
		'--remove-destination -T src/file-on-file dst/file-on-dangling' \
		'-b -T src/file-on-file dst/file-on-dangling' '-l -T src/file-on-file dst/file-on-dangling' \
		'-s src/file-on-file dst/file-on-dangling' '-sf src/file-on-file dst/file-on-dangling' \
		'-f --remove-destination -T src/file-on-file dst/file-on-dangling' \
		'-T src/file-on-file dst/to-dangling'
	expect_same new "$(cat pcopy/1/dst/nowhere)"
	expect_same new "$(cat pcopy/11/dst/nowhere)"
	expect_missing pcopy/5/dst/nowhere
	[[ ! -L pcopy/5/dst/file-on-dangling ]] || fail "the link was not removed"
}

# An ordinary user copies, who may not write to a file without write permission.
by_a_user() {
	become_user
	local options
	for options in --remove-destination '--remove-destination -f' '--remove-destination -u' \
		'--remove-destination -v'; do
		rm -rf -- *
		like_cp user_kinds $options -T src dst
	done
	for options in '' -f -fv -fp; do
		rm -rf -- *
		like_cp user_kinds $options -T src/file-on-closed dst/file-on-closed
		rm -rf -- *
		like_cp user_kinds $options src/file-on-closed src/file-on-hard dst
	done
}

# pcopy does not follow a link inside the target, which makes no difference where it removes the link.
links_in_the_target() {
	mkdir -p src/sub dst/sub outside
	echo new >src/f
	echo new >src/sub/g
	echo outside >outside/f
	ln -s ../outside/f dst/f
	ln -s ../../outside/f dst/sub/g
	touch -h -d @1400000000 outside/f
}

links_removed() {
	alike links_in_the_target '--remove-destination -T src dst' '--remove-destination -b -T src dst' \
		'--remove-destination -a -T src dst' '--remove-destination src/f dst' '-b -T src dst' \
		'--remove-destination -n -T src dst'
	expect_same outside "$(cat pcopy/1/outside/f)"
}

in_chunks() {
	mkdir src dst
	head -c 3000000 /dev/urandom >src/big
	cp src/big src/huge
	echo old >dst/big
	ln dst/big dst/other-name
	chmod 600 dst/big
	echo outside >outside
	ln -s ../outside dst/huge
	expect_status 0 pcopy --remove-destination --chunk-size=1M -T src dst
	cmp src/big dst/big
	cmp src/huge dst/huge
	expect_same old "$(cat dst/other-name)"
	expect_same outside "$(cat outside)"
	expect_same 644 "$(stat -c %a dst/big)"
	[[ ! -L dst/huge ]] || fail "still a link"
	expect_no_temporary dst
}

# A target is a file when pcopy examines it, and a link out of the tree when pcopy opens it.
swapped() {
	local library=${PCOPY%/*}/tests/libtrap.so
	[[ -e $library ]] || skip "no $library"
	library_is_called
	mkdir src dst
	echo new | tee src/a src/swapped >src/z
	echo old | tee dst/a dst/swapped >dst/z
	echo outside >outside
	AS=(env "LD_PRELOAD=$library" "TRAP=swapped SWAP" "TRAP_OUTSIDE=$PWD/outside")
	expect_status "$1" "${AS[@]}" timeout --foreground -s KILL 100 "$PCOPY" "${P[@]}" "${@:2}" -T src dst
	expect_same outside "$(cat outside)"
	expect_same "new new" "$(cat dst/a dst/z | xargs)"
	if [[ $1 -ne 0 ]]; then
		[[ -L dst/swapped ]] || fail "what was there is gone"
		expect_stderr "pcopy: cannot create regular file 'dst/swapped': Too many levels of symbolic links"
		return
	fi
	[[ ! -L dst/swapped ]] || fail "still a link"
	expect_same new "$(cat dst/swapped)"
}

# The file of a running program cannot be written to, but it can be replaced.
busy() {
	needs_programs
	mkdir d
	cp "$(type -P sleep)" d/prog
	echo new >new
	d/prog 1000 &
	local prog=$!
	until_true test -e "/proc/$prog/exe"
	until_true is_executing "$prog"
	expect_status 1 pcopy new d/prog
	expect_stderr "pcopy: cannot create regular file 'd/prog': Text file busy"
	expect_status 0 pcopy "$@" new d/prog
	cmp new d/prog
	kill -KILL "$prog"
}

is_executing() {
	[[ $(readlink "/proc/$1/exe") == */d/prog ]]
}

# ---- --keep-directory-symlink: newer than the installed cp, tested against its manual ----

directory_links() {
	mkdir -p src/d/sub src/e dst/real/sub outside
	echo new >src/d/f
	echo new >src/d/sub/g
	echo new >src/e/h
	echo new >src/top
	ln -s real dst/d
	ln -s ../outside dst/e
	echo old >dst/real/f
}

followed() {
	directory_links
	expect_status 0 pcopy --keep-directory-symlink -T src dst
	expect_quiet
	expect_same real "$(readlink dst/d)"
	expect_same ../outside "$(readlink dst/e)"
	expect_same new "$(cat dst/real/f)"
	expect_same new "$(cat dst/real/sub/g)"
	expect_same new "$(cat outside/h)"
	expect_same new "$(cat dst/top)"
	# Entries below the directory are copied through the link as well.
	rm -r dst/real/* outside/*
	expect_status 0 pcopy -av --keep-directory-symlink src/. dst
	same_tree src/d dst/real
	same_tree src/e outside
	grep -qxF "'src/./d/f' -> 'dst/./d/f'" "$out" || fail "$(cat "$out")"
}

# Without the option pcopy refuses each directory with cp's message.  With it neither a link to a file
# nor a dangling link is treated as a directory.
not_followed() {
	directory_links
	expect_status 1 pcopy -T src dst
	expect_stderr "pcopy: cannot overwrite non-directory 'dst/d' with directory 'src/d'"
	expect_stderr "pcopy: cannot overwrite non-directory 'dst/e' with directory 'src/e'"
	expect_same old "$(cat dst/real/f)"
	expect_missing outside/h
	rm dst/d dst/e
	ln -s nowhere dst/d
	ln -s top dst/e
	expect_status 1 pcopy --keep-directory-symlink -T src dst
	expect_same nowhere "$(readlink dst/d)"
	expect_same top "$(readlink dst/e)"
	expect_missing dst/nowhere
	expect_same new "$(cat dst/top)"
}

# The option affects only directories: pcopy writes no file through a link, and replaces a link as usual.
only_directories() {
	directory_links
	rm dst/e
	ln -s ../src/top src/e/link
	ln -s real dst/top
	mkdir dst/e
	ln -s elsewhere dst/e/link
	expect_status 1 pcopy --keep-directory-symlink -T src dst
	grep -qF dst/top "$err" || fail "dst/top is not named"
	expect_same real "$(readlink dst/top)"
	expect_same ../src/top "$(readlink dst/e/link)"
	expect_same new "$(cat dst/real/f)"
}

# The source is an operand: pcopy copies into the directory that DIR/NAME links to.
operand_links() {
	directory_links
	expect_status 0 pcopy --keep-directory-symlink src/d src/e dst
	expect_same new "$(cat dst/real/f)"
	expect_same new "$(cat outside/h)"
	expect_same real "$(readlink dst/d)"
}

each_pool "--remove-destination: trees" removed
check "targets named by hand" by_hand
check "targets named by hand, POSIXLY_CORRECT" by_posix
check "as an ordinary user" by_a_user
each_pool "links in the target" links_removed
each_pool "in chunks" in_chunks
each_pool "swapped for a link meanwhile" swapped 1
each_pool "swapped for a link meanwhile, -f" swapped 0 -f
each_pool "a running program, -f" busy -f
check "a running program, --remove-destination" busy --remove-destination
each_pool "--keep-directory-symlink" followed
each_pool "links to directories in the target" not_followed
each_pool "--keep-directory-symlink is for directories" only_directories
each_pool "--keep-directory-symlink: operands" operand_links
done_testing
