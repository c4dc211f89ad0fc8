# Files that the kernel generates when they are read: they report a length of 0 or 4096, and some
# cannot be read at all.  GNU cp is the judge, for the contents that two of its copies share.
. "$(dirname "$0")/lib.sh"

# differing DIR: prints the files of cp's first copy whose contents differ in DIR.
differing() {
	diff -rq --no-dereference before "$1" | sed -n "s,^Files before/\(.*\) and $1/.* differ\$,\1,p" | sort
}

# messages FILE: prints its lines sorted, without the name of the program.
messages() {
	sed 's/^[a-z]*: //' "$1" | sort
}

# Where reading a file fails in the middle, cp leaves the partial copy and pcopy removes it.
tree() {
	local at=$1 status=0 cp_status=0 file
	shift
	[[ -d $at ]] || skip "no $at"
	cp -r -T "$at" before 2>/dev/null || :
	pcopy "$@" -T "$at" dst 2>"$err" || status=$?
	cp -r -T "$at" after 2>cp.err || cp_status=$?
	sed -i "s/'after/'dst/" cp.err
	expect_same "$cp_status" "$status" "status: $(head -n 5 "$err")"
	diff <(messages cp.err) <(messages "$err") || fail "messages differ"
	diff <(find before | sed 's,before,.,' | sort) <(find dst | sed 's,dst,.,' | sort) |
		sed -n 's/^[<>] //p' >odd
	while IFS= read -r file; do
		grep -qF "${file#./}'" "$err" || fail "$file is not in both copies"
	done <odd
	differing after >changing
	[[ $(wc -l <changing) -lt $(find before -type f | wc -l) ]] || skip "all of $at changes"
	differing dst | comm -23 - changing >wrong
	[[ ! -s wrong ]] || fail "other contents: $(head -n 5 wrong)"
}

# The files of the process itself: both copies have the same lines, though not the same numbers.
own() {
	local file
	[[ $pool == serial || $pool == threads ]] || skip "each process has another /proc/self"
	mkdir want got
	for file in limits mounts cgroup uid_map; do
		[[ -r /proc/self/$file ]] || continue
		cp "/proc/self/$file" want
		expect_status 0 pcopy "$@" "/proc/self/$file" got
		cmp "want/$file" "got/$file"
	done
	cp /proc/self/status want
	expect_status 0 pcopy "$@" /proc/self/status got
	diff <(cut -f 1 want/status) <(cut -f 1 got/status) || fail "other lines"
	[[ $(stat -c %s got/status) -gt 200 ]] || fail "too short"
}

for options in -r -a '--chunk-size=16 --sparse=always'; do
	# shellcheck disable=SC2086
	each_pool "of the process itself, $options" own $options
done
for at in /proc/sys/kernel /proc/sys/vm /proc/sys/fs/inotify /proc/sys/net /sys/kernel/mm /sys/module; do
	each_pool "$at" tree "$at" -r
done
each_pool "/proc/sys/kernel in chunks" tree /proc/sys/kernel -r --chunk-size=16 --sparse=always
each_pool "/sys/kernel/mm in chunks" tree /sys/kernel/mm -r --chunk-size=16 --sparse=always
done_testing
