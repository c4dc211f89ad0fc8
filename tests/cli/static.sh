# The static build: the program copies in a root directory that contains neither libc nor loader.
. "$(dirname "$0")/lib.sh"

static_build() {
	command -v meson >/dev/null || skip "no meson"
	CFLAGS='' meson setup build "$PCOPY_SOURCE" -Ddefault_library=static -Dtests=disabled -Dmpi=disabled \
		-Db_lto=false -Doptimization=0 >"$out" 2>&1 || fail "$(tail -n 5 "$out")"
	ninja -C build pcopy >"$out" 2>&1 || fail "$(tail -n 5 "$out")"
	! ldd build/pcopy >"$out" 2>&1 || fail "$(cat "$out")"
	mkdir -p root/src/sub
	seq 1000 >root/src/sub/f
	ln -s sub/f root/src/link
	cp build/pcopy root
}

copies() {
	[[ $EUID -eq 0 ]] || skip "only root can leave all libraries behind"
	static_build
	local one
	for one in "${POOLS[@]}"; do
		expect_status 0 chroot root /pcopy --pool="$one" -a /src "/$one"
		diff -r --no-dereference root/src "root/$one"
	done
	# the program reports that a library which it would load at run time is missing
	expect_status 2 chroot root /pcopy -a --manifest=/m /src /dst
	grep -qxF 'pcopy: a digest requires libcrypto, which could not be loaded' "$err" || fail "$(cat "$err")"
	expect_missing root/dst
}

check "copies by itself" copies
done_testing
