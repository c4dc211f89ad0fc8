# The library alone: the example programs, as built by meson and through pkg-config.
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

# runs PROGRAM: the program copies a tree, and its exit status reports success or failure.
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
	needs_programs
	pkg-config --exists pcopy || fail "pkg-config does not know pcopy in $PKG_CONFIG_PATH"
	# pkg-config finds the files of no other library in an empty PKG_CONFIG_LIBDIR
	# pkg-config does not keep quotes in names, and these two paths contain none
	read -ra flags < <(PKG_CONFIG_LIBDIR= pkg-config "--define-variable=prefix=$build" \
		"--define-variable=srcdir=$top" --cflags --libs pcopy)
	[[ ${#flags[@]} -gt 0 ]] || fail "pcopy.pc demands more than pcopy"
	"${CC:-cc}" -std=c11 -Wall -Wextra -pedantic -Werror "$top/examples/copy.c" "${flags[@]}" -o copy
	export LD_LIBRARY_PATH=$build
	runs "$PWD/copy"
}

# The header compiles by itself, as C and, where there is a C++ compiler, as C++.
header() {
	echo '#include <pcopy.h>' >alone.c
	"${CC:-cc}" -std=c11 -Wall -Wextra -pedantic -Werror -I"$top/include" -fsyntax-only alone.c
	if command -v c++ >/dev/null; then
		c++ -x c++ -std=c++11 -Wall -Wextra -Werror -I"$top/include" -fsyntax-only alone.c
	fi
}

# The shared library exports only the names that the header declares.
symbols() {
	command -v nm >/dev/null || skip "no nm"
	nm -D --defined-only "$build/libpcopy.so" | awk '{ print $3 }' | sort >exported
	grep -oE '\bpcopy_[a-z_]+\(' "$top/include/pcopy.h" | tr -d '(' | sort -u >declared
	! grep -vE '^pcopy_' exported || fail "names that are nobody's business"
	comm -13 declared exported >extra
	[[ ! -s extra ]] || fail "exported but not declared: $(cat extra)"
}

progress_example() {
	[[ -x $build/examples/progress ]] || fail "$build/examples/progress is not built"
	fixture
	expect_status 0 "$build/examples/progress" src dst
	same_tree src dst
	sort "$out" >said
	printf '%s\n' 'copied  directory dst' 'copied  directory dst/sub' 'copied  file dst/empty' \
		'copied  file dst/numbers' 'copied  symlink dst/sub/link' >expected
	diff expected said || fail "events differ"
	expect_status 1 "$build/examples/progress" nowhere dst-2
	grep -qxF 'failed  nowhere: No such file or directory' "$err" || fail "$(cat "$err")"
}

verify_example() {
	[[ -x $build/examples/verify ]] || fail "$build/examples/verify is not built"
	fixture
	cp -a src dst
	expect_status 0 "$build/examples/verify" src dst
	expect_same "" "$(cat "$out")"
	printf 2 | dd of=dst/numbers conv=notrunc status=none
	touch -r src/numbers dst/numbers
	rm dst/empty
	touch -r src dst
	expect_status 3 "$build/examples/verify" src dst
	expect_same "$(printf '%s\n' 'dst/empty: missing differs' 'dst/numbers: data differs')" "$(sort "$out")"
}

# The example is interrupted while the source responds slowly, and is then run again.
cancel_example() {
	[[ -x $build/tests/delay_fs && $EUID -eq 0 && -c /dev/fuse ]] || skip "no slow file system"
	mkdir -p below/many slow
	(cd below/many && seq 1 3000 | split -l 1 -a 4)
	"$build/tests/delay_fs" below 20000 -f slow &
	until mountpoint -q slow; do kill -0 $!; done
	start "$build/examples/cancel" slow/many dst
	until [[ -e dst ]]; do kill -0 "$pid" || fail "$(cat "$err")"; done
	kill -INT "$pid"
	local status=0
	wait "$pid" || status=$?
	expect_same 130 "$status"
	umount slow
	expect_status 0 "$build/examples/cancel" below/many dst
	same_tree below/many dst
}

# A C++ program uses the header.
in_cxx() {
	command -v c++ >/dev/null || skip "no C++ compiler"
	cat >copy.cc <<-'END'
		#include <pcopy.h>
		int main(int, char **argv)
		{
			pcopy_options options = PCOPY_OPTIONS_INIT;
			pcopy *copy = nullptr;
			options.preserve = PCOPY_KEEP_MODE | PCOPY_KEEP_TIMES;
			int r = pcopy_new(&options, &copy);
			if (r == 0)
				r = pcopy_add(copy, argv[1], argv[2], 0);
			if (r == 0)
				r = pcopy_run(copy);
			pcopy_free(copy);
			return r == 0 ? 0 : 1;
		}
	END
	local one
	for one in "$top"/examples/*.c; do # the examples are valid in both languages
		c++ -x c++ -std=c++11 -Wall -Wextra -Wpedantic -Wconversion -Werror -I"$top/include" -c "$one" -o one.o
	done
	needs_programs
	c++ -std=c++11 -Wall -Wextra -Werror -I"$top/include" copy.cc -L"$build" -lpcopy -o copy
	fixture
	LD_LIBRARY_PATH=$build expect_status 0 ./copy src dst
	same_tree src dst
}

check "example program" example
check "example of progress and events" progress_example
check "example of verification" verify_example
check "example of cancelling" cancel_example
check "C++" in_cxx
check "pkg-config" pkg_config
check "header alone" header
check "exported names" symbols
done_testing
