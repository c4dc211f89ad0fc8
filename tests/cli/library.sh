# The library alone: the example program, as built and through pkg-config.
. "$(dirname "$0")/lib.sh"

build=${PCOPY_BUILD:?set PCOPY_BUILD to the build directory}
top=${PCOPY_SOURCE:?set PCOPY_SOURCE to the source directory}
export PKG_CONFIG_PATH=$build/meson-uninstalled

fixture() {
	mkdir -p src/sub
	seq 1 1000 >src/numbers
	: >src/empty
	ln -s numbers src/sub/link
}

# runs PROGRAM: it copies, and its exit status tells.
runs() {
	fixture
	expect_status 0 "$1" src dst
	same_tree src dst
	grep -q '^2 files, 3893 bytes, [0-9]* workers$' "$out" || fail "$(cat "$out")"
	mkdir -p dst-2/numbers
	expect_status 1 "$1" src dst-2
	grep -qxF 'src/numbers: refused' "$err" || fail "$(cat "$err")"
	expect_status 1 "$1" nowhere dst-3
	grep -qxF 'nowhere: No such file or directory' "$err" || fail "$(cat "$err")"
	expect_status 2 "$1"
}

example() {
	[[ -x $build/examples/copy ]] || fail "$build/examples/copy is not built"
	runs "$build/examples/copy"
}

pkg_config() {
	local flags
	command -v pkg-config >/dev/null || skip "no pkg-config"
	pkg-config --exists libpcopy || fail "pkg-config does not know libpcopy in $PKG_CONFIG_PATH"
	read -ra flags < <(pkg-config --cflags --libs libpcopy)
	"${CC:-cc}" -std=c11 -Wall -Wextra -pedantic -Werror "$top/examples/copy.c" "${flags[@]}" -o copy
	export LD_LIBRARY_PATH=$build
	runs "$PWD/copy"
}

# The header by itself, in both languages where there is a C++ compiler.
header() {
	echo '#include <pcopy.h>' >alone.c
	"${CC:-cc}" -std=c11 -Wall -Wextra -pedantic -Werror -I"$top/include" -fsyntax-only alone.c
	if command -v c++ >/dev/null; then
		c++ -x c++ -std=c++11 -Wall -Wextra -Werror -I"$top/include" -fsyntax-only alone.c
	fi
}

# Nothing but the names of the header is seen from outside.
symbols() {
	command -v nm >/dev/null || skip "no nm"
	nm -D --defined-only "$build/libpcopy.so" | awk '{ print $3 }' | sort >exported
	grep -oE '\bpcopy_[a-z_]+\(' "$top/include/pcopy.h" | tr -d '(' | sort -u >declared
	! grep -vE '^pcopy_' exported || fail "names that are nobody's business"
	comm -13 declared exported >extra
	[[ ! -s extra ]] || fail "exported but not declared: $(cat extra)"
}

check "example program" example
check "pkg-config" pkg_config
check "header alone" header
check "exported names" symbols
done_testing
