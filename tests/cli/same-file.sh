# Source and target are one file, by name, by hard link or by symbolic link: each option has the same
# result as with cp.
. "$(dirname "$0")/lib.sh"

# ---- The relations ----

# touched TARGET SOURCE: makes the source newer; a file that is not written keeps its old time.
touched() {
	touch -h -d @1500000000.25 "$1"
	touch -h -d @1500000010.5 "$2"
}

by_name() {
	echo XYZ >foo
	mkdir d
	ln -s . d/here
}

link_to_it() {
	echo XYZ >foo
	ln -s foo symlink
	touched symlink foo
}

link_is_newer() {
	link_to_it
	touched foo symlink
}

two_links() {
	echo XYZ >foo
	ln -s foo sl1
	ln -s foo sl2
	touched sl2 sl1
}

chain() {
	echo XYZ >foo
	ln -s foo sl1
	ln -s sl1 sl2
	touched sl1 sl2
}

chain_backwards() {
	chain
	touched sl2 sl1
}

hard() {
	echo XYZ >foo
	ln foo hardlink
}

hard_links_of_a_link() {
	echo XYZ >foo
	ln -s foo sl2
	ln sl2 hlsl
	touched sl2 foo
}

dangling_links() {
	ln -s nowhere sl1
	ln -s nowhere sl2
	touched sl2 sl1
}

fifos() {
	mkfifo foo
	ln foo hardlink
}

# The target operand is a directory that already contains the file.
hard_in_directory() {
	mkdir dir
	echo XYZ >foo
	ln foo dir/foo
	touch -d @1500000000 foo
}

source_is_a_link_to_the_target() {
	mkdir dir
	echo XYZ >dir/foo
	ln -s dir/foo foo
	touched dir/foo foo
}

# Source and target files lie in two trees.
trees() {
	mkdir -p src/sub dst/sub
	echo a >src/hard
	ln src/hard dst/hard
	echo b >src/sub/hard
	ln src/sub/hard dst/sub/hard
	ln -s nowhere src/sub/hardlink
	ln src/sub/hardlink dst/sub/hardlink
	echo c >dst/target
	ln -s ../dst/target src/target
	echo plain >src/plain
	echo old >dst/plain
	touched dst/target src/target
	touched dst/plain src/plain
}

directories() {
	mkdir -p d/sub e
	echo in >d/sub/f
	ln -s d to-d
	ln -s ../d e/d
}

options=('' -d -f -L -Lf -H --remove-destination -b -bd -bf -bdf -bL -bLf -l -dl -fl -dfl -bl -bdl
	-bfl -bdfl -s -sf -sb -sbf -u -uf -n -p -aL --attributes-only '--remove-destination -b'
	'--remove-destination -d' '--remove-destination -l' '--remove-destination -s'
	'--remove-destination -Lb' '-b --attributes-only' -ul -us -ub -ln -Ls -Hl -nb
	'--backup=numbered -f' '--backup=numbered -l' '-S .old' --preserve=links)

# table FIXTURE OPERANDS...: compares each option with the operands, except those in `other`, where
# pcopy deliberately differs from cp.
other=()
among() {
	local one
	for one in "${@:2}"; do
		[[ $one != "$1" ]] || return 0
	done
	return 1
}

table() {
	local fixture=$1 one commands=()
	shift
	for one in "${options[@]}"; do
		among "$one" "${other[@]}" || commands+=("$one $*")
	done
	alike "$fixture" "${commands[@]}"
}

# cp renames the target first and then cannot find the source, which was a link to it.
link_of_a_link() {
	local other=(-bL -bLf '--remove-destination -Lb')
	table chain "$@"
}

# cp removes the target before it refuses to make a relative link elsewhere.
hard_elsewhere() {
	local other=('--remove-destination -s')
	refused_in_one_way_or_another hard_in_directory "$@"
}

# Where two reasons for a refusal apply, either one may be reported.
refused_in_one_way_or_another() {
	local SAME='s/pcopy: .*(the same file|in current directory|through symlink .*|with directory .*)$/refused/'
	table "$@"
}

# pcopy refuses to copy a directory onto itself with all options; with -l and -n cp silently accepts it.
one_directory() {
	local options=('' -d -L -f -b -bf -s -sf -u -p --remove-destination)
	refused_in_one_way_or_another directories "$@"
}

# Directories and other spellings of one name need fewer options.
short_table() {
	local options=('' -d -L -f -b -bf -l -lf -s -sf -u -n -p --remove-destination)
	table "$@"
}

# (-s of relative names is refused for other reasons.)
two_trees() {
	local other=(-s -sf -sb -sbf '--remove-destination -s' -us -Ls)
	table trees "$@"
}

# The contents still exist, whatever the options did.
never_lost() {
	local options
	for options in '' -f -b -bf -l -lf -s -sf -u --remove-destination '--remove-destination -b' \
		'--remove-destination -s' '--remove-destination -l'; do
		for operands in 'foo foo' 'foo ./foo' 'foo hardlink' 'symlink foo' 'd/here/../foo foo'; do
			rm -rf lost
			mkdir lost
			cd lost
			hard
			ln -s foo symlink
			mkdir d
			ln -s . d/here
			"$PCOPY" $options $operands >"$out" 2>"$err" || :
			# A link that replaced the file left a backup.
			expect_same XYZ "$(cat foo 2>/dev/null || cat foo~)" "$options $operands"
			cd ..
		done
	done
}

# The link and its target are on different file systems.
other_fs() {
	mount_image tmpfs 1m
	local options operands command
	for command in cp pcopy; do
		mkdir -p mnt/$command $command
		for options in '' -L --remove-destination '--remove-destination -d' '--remove-destination -bL' \
			-b -bL -bd -d -f -Lf -l -lf -s -sf; do
			for operands in 'reg mnt/sl' 'mnt/sl reg' 'sl mnt/reg' 'mnt/reg sl'; do
				rm -rf x mnt/x
				mkdir x mnt/x
				cd x
				ln -s ../mnt/x mnt
				case $operands in
				'reg mnt/sl' | 'mnt/sl reg')
					echo XYZ >reg
					ln -s "$PWD/reg" mnt/sl
					;;
				*)
					echo XYZ >mnt/reg
					ln -s "$PWD/mnt/reg" sl
					;;
				esac
				echo "== $options $operands"
				if [[ $command == cp ]]; then
					cp -r $options $operands 2>err || echo status 1
				else
					"$PCOPY" -r $options $operands 2>err || echo status 1
				fi
				said err
				rm err
				state .
				state mnt/.
				cd ..
			done
		done >said.$command
	done
	sed -i -E 's/pcopy: .*(the same file|in current directory)$/refused/' said.cp said.pcopy
	diff said.cp said.pcopy
}

check "one name: foo foo" table by_name foo foo
check "one name: foo ./foo" short_table by_name foo ./foo
check "one name: ./d/../foo foo" short_table by_name ./d/../foo foo
check "one name: through a link to a directory" short_table by_name foo d/here/here/../foo
check "target is a link to the source" table link_to_it foo symlink
check "source is a link to the target" table link_is_newer symlink foo
check "two links to one file" table two_links sl1 sl2
check "link to the link that is the target" link_of_a_link sl2 sl1
check "target is a link to the link" table chain_backwards sl1 sl2
check "two hard links" table hard foo hardlink
check "hard links of a symbolic link" table hard_links_of_a_link hlsl sl2
check "two dangling links" table dangling_links sl1 sl2
check "hard links of a FIFO" table fifos foo hardlink
check "hard link in a directory" hard_elsewhere foo dir
check "target in a directory, source links to it" refused_in_one_way_or_another source_is_a_link_to_the_target foo dir
check "source in a directory, target links to it" refused_in_one_way_or_another source_is_a_link_to_the_target dir/foo .
check "directories: d d" one_directory -T d d
check "directories: d ." one_directory d .
check "directories: d to-d" one_directory -T d to-d
check "directories: to-d d" one_directory -T to-d d
each_pool "two trees with hard links between them" two_trees -T src dst
check "the file is never lost" never_lost
check "link and file on different file systems" other_fs
done_testing
