# --bench: commands, sweeps, the cache, the order, and rows that may not win.
. "$(dirname "$0")/bench-room"
. "$(dirname "$0")/lib.sh"

fixture() {
	mkdir -p src/a "src/with space"
	for i in {1..12}; do
		seq "$((i * 100))" >"src/a/$i"
	done
	seq 500 >"src/with space/file"
	: >src/empty
}

# bench ARG...: runs a benchmark, which writes its JSON to ./report
bench() {
	expect_status 0 "$PCOPY" --bench-command='cp -r {src} {dst}' --export-json=report "$@" src dst
	expect_missing dst
}

names() {
	json report '[m["mode"] for m in d["modes"]]'
}

commands() {
	fixture
	mkdir 'a b'
	mv src 'a b/src'
	expect_status 0 "$PCOPY" --bench='threads,cp -r {src} {dst}' \
		--bench-command='cp -r --preserve=mode,timestamps {src} {dst}' \
		--bench-command='sh -c "cp -r \"{src}\" \"{dst}\""' \
		--runs=1 --export-json=report 'a b/src' 'a b/dst'
	expect_same "('threads', 'cp -r', 'cp -r --preserve=mode,timestamps')" \
		"$(json report 'tuple(m["mode"] for m in d["modes"][:3])')"
	expect_same "[True, True, True, True]" "$(json report '[m["valid"] for m in d["modes"]]')"
}

several() {
	fixture
	bench --bench=serial,threads --bench-command='cp -a {src} {dst}' --runs=1
	expect_same "['serial', 'threads', 'cp -r', 'cp -a']" "$(names)"
	json_same report "[True, True, True, True]" '[m["valid"] for m in d["modes"]]' \
		"cp -a {src} {dst}" 'd["modes"][3]["command"]' \
		"(None, None, 'serial')" '(d["modes"][2]["pool"], d["modes"][2]["samples"][0]["inside"], d["experiment"]["baseline"])'
}

# pcopy runs commands without a shell, and a path is one word whatever it contains.
paths() {
	fixture
	mkdir "a  'b"
	mv src "a  'b/s\$(x)"
	expect_status 0 "$PCOPY" --bench=none --bench-command='cp -r "{src}" {dst}' --runs=1 \
		"a  'b/s\$(x)" "a  'b/d"
	grep -q '^cp -r ' "$out" || fail "$(cat "$out")"
}

refused() {
	fixture
	for arguments in --bench=serial,serial --bench=nonsense --bench=none --sweep=j:1,x --sweep=j: \
		--sweep=k:1 --sweep=j:2,2 --sweep=j:0 --baseline=nothing --order=sorted --cache=hot --keep-copies=always \
		--runs=0 --runs=some --max-slowdown=x --max-slowdown=-1 --bench-command= \
		'--bench-command=cp -r {src} /tmp' '--bench-command=cp {src} {dst} | cat' \
		'--bench-command=cp {src} {dst} $(date)' '--bench-command=cp {src} {dst} "' \
		--plot=picture.gif --bench-against=nowhere '--order=random --seed=x'; do
		IFS='|' read -ra words <<<"${arguments/ --seed/|--seed}"
		expect_status 2 "$PCOPY" --bench "${words[@]}" src dst
		[[ -s $err ]] || fail "refused without a word: $arguments"
		expect_missing dst
	done
}

# A command that copies nothing, or something else, is fast but never wins.
invalid_never_wins() {
	fixture
	expect_status 1 "$PCOPY" --bench=serial --bench-command='sh -c "mkdir {dst}; : {src}"' \
		--bench-command='sh -c "cp -r {src} {dst}; echo x >{dst}/empty"' \
		--bench-command='sh -c "cp -r {src} {dst}; exit 3"' --runs=5 --warmup=0 \
		--export-json=report --export-hyperfine=hyper src dst
	json_same report "[True, False, False, False]" '[m["valid"] for m in d["modes"]]' \
		"[None, None, None]" '[m["summary"] for m in d["modes"][1:]]' \
		"{None}" '{c["significant"] for c in d["comparisons"]}'
	expect_same 3 "$(grep -c INVALID "$out")"
	expect_same "['serial']" "$(json hyper '[r["command"] for r in d["results"]]')"
	# Nor does such a command become the baseline for the others.
	expect_status 1 "$PCOPY" --bench=serial --bench-command='sh -c "mkdir {dst}; : {src}"' \
		--baseline='sh -c "mkdir {dst}; : {src}"' --runs=1 --export-json=report src dst
	expect_same None "$(json report 'd["modes"][0]["summary"]["speedup"]')"
}

# The copies are correct, but the rows did not have the same source.
source_changed() {
	fixture
	expect_status 1 "$PCOPY" --bench=serial --bench-command='sh -c "cp -r {src} {dst}; touch {src}/empty"' \
		--runs=1 --export-json=report src dst
	grep -q 'src. changed' "$err" || fail "$(cat "$err")"
	expect_same "[False, False]" "$(json report '[m["valid"] for m in d["modes"]]')"
}

sweep() {
	fixture
	bench --bench=serial,threads,processes --sweep=j:4,1,2 --runs=5 --warmup=0
	expect_same "['serial', 'threads -j 1', 'threads -j 2', 'threads -j 4', 'processes -j 1', 'processes -j 2', 'processes -j 4', 'cp -r']" "$(names)"
	expect_same "[1, 1, 2, 4, 1, 2, 4, 0]" "$(json report '[m["workers"] for m in d["modes"]]')"
	# Each copy itself reports the requested number of threads.
	json_same report "[1, 2, 4]" '[m["samples"][0]["inside"]["threads"] for m in d["modes"][1:4]]' \
		True '(lambda s, f: abs(f - (1/s - 1/4) / (1 - 1/4)) < 1e-9)(
		d["modes"][1]["summary"]["wall"]["median_s"] / d["modes"][3]["summary"]["wall"]["median_s"],
		d["modes"][3]["summary"]["serial_fraction"])' \
		1 'sum(m["summary"]["knee"] for m in d["modes"][1:4])' \
		True 'd["suggestion"]["workers"] in (1, 2, 4)'
	grep -q '^Suggested: --pool=' "$out" || fail "$(cat "$out")"
	bench --bench=threads --sweep=queue-depth:2,64 --runs=1
	expect_same "['threads depth 2', 'threads depth 64', 'cp -r']" "$(names)"
	expect_same True "$(json report 'd["modes"][0]["samples"][0]["inside"]["queue_peak"] <= 2')"
	bench --bench=threads --sweep=chunk-size:0,1M --runs=1
	expect_same "['threads chunk any', 'threads chunk 1.00 MiB', 'cp -r']" "$(names)"
}

# pcopy chooses the default number of workers; a sweep of fixed numbers shows the cost of this choice.
regret() {
	fixture
	bench --bench=serial,auto,threads,processes --sweep=j:1,2,3 --runs=5 --warmup=0
	json_same report "['serial', 'auto', 'threads -j 1', 'threads -j 2']" '[m["mode"] for m in d["modes"][:4]]' \
		"('threads', 0, None)" '(lambda m: (m["pool"], m["workers"], m["swept"]))(d["modes"][1])' \
		True 'all(1 <= s["inside"]["width_least"] <= s["inside"]["width_most"] for s in d["modes"][1]["samples"])' \
		"[1, 2, 3]" '[m["samples"][0]["inside"]["width_most"] for m in d["modes"][2:5]]' \
		True '(lambda median, r: len(d["regret"]) == 1 and r["mode"] == "auto"
		and median[r["best"]] == min(median["threads -j " + str(n)] for n in (1, 2, 3))
		and abs(r["part"] - (median["auto"] / median[r["best"]] - 1)) < 1e-9)(
			{m["mode"]: m["summary"]["wall"]["median_s"] for m in d["modes"]}, d["regret"][0])'
	grep -Eq '^Regret: auto took [0-9.]+ % (more|less) time than threads -j [123], the best fixed' "$out" ||
		fail "$(cat "$out")"
	expect_same 1 "$(json report 'sum(c["first"] == "auto" and c["second"] == d["regret"][0]["best"] for c in d["comparisons"])')"
	bench --bench=auto --runs=1 --pool=processes
	json_same report "([], 'processes')" '(d["regret"], d["modes"][0]["pool"])' \
		1 'd["modes"][0]["samples"][0]["inside"]["threads"]'
}

# The same seed gives the same order, and each round runs each row once.
order() {
	local one='[m["mode"] for r in range(3) for m in sorted(d["modes"], key=lambda m: m["samples"][r]["began_s"])]'
	fixture
	bench --bench --runs=3 --warmup=0 --order=random --seed=12
	json report "$one" >first
	expect_same 12 "$(json report 'd["experiment"]["seed"]')"
	bench --bench --runs=3 --warmup=0 --order=random --seed=12
	json report "$one" | diff first - || fail "another order"
	bench --bench --runs=3 --warmup=0 --order=random --seed=13
	! json report "$one" | cmp -s first - || fail "the same order"
	bench --bench --runs=3 --warmup=0
	expect_same "$(rows_of_all "'cp -r'")" "$(json report "($one)[:${#every_pool[@]} + 2]")"
	bench --bench=serial --runs=1 --warmup=0 --order=random
	grep -q -- "--seed=$(json report 'd["experiment"]["seed"]')" "$out" || fail "$(cat "$out")"
}

until_known() {
	fixture
	bench --bench=serial --runs=auto --max-time=1 --warmup=0
	expect_same True "$(json report 'len(d["modes"][0]["samples"]) >= 5 and d["experiment"]["runs_auto"]')"
	# The benchmark ended for one of its two reasons, time or precision.
	expect_same True "$(json report 'max(s["began_s"] + s["wall_s"] for s in d["modes"][1]["samples"]) > 0.9 or all(
		(w["mean_high_95_s"] - w["mean_low_95_s"]) / 2 < 0.02 * w["mean_s"]
			for w in (m["summary"]["wall"] for m in d["modes"]))')"
}

few_runs() {
	fixture
	bench --bench=threads,processes --runs=4 --warmup=0
	json_same report "{None}" '{c["significant"] for c in d["comparisons"]}' \
		4 'len(d["modes"][0]["samples"])'
	grep -q 'No verdict on processes and threads' "$out" || fail "$(cat "$out")"
}

# --bench reports that a command is slower than another one, or than in an earlier report.
against() {
	local slow='sh -c "sleep 0.1; cp -r {src} {dst}"'
	fixture
	printf '#!/bin/sh\ncp -r "$@"\n' >tool
	expect_status 0 "$PCOPY" --bench=none --bench-command="sh $PWD/tool {src} {dst}" \
		--bench-command="$slow" --runs=6 --warmup=0 --export-json=old src dst
	expect_same "(True, True)" "$(json old '(d["comparisons"][0]["significant"],
		0.05 < d["comparisons"][0]["shift_s"] < 1)')"
	printf '#!/bin/sh\nsleep 0.1\ncp -r "$@"\n' >tool
	expect_status 1 "$PCOPY" --bench=none --bench-command="sh $PWD/tool {src} {dst}" --runs=6 --warmup=0 \
		--bench-against=old --export-json=new src dst
	expect_same "(True, 1)" "$(json new '(d["changes"][0]["significant"], d["status"])')"
	grep -q SLOWER "$out" || fail "$(cat "$out")"
	# ... but it is not slower than the limit allows; and a faster command is no failure.
	expect_status 0 "$PCOPY" --bench=none --bench-command="sh $PWD/tool {src} {dst}" --runs=6 --warmup=0 \
		--bench-against=old --max-slowdown=10000 src dst
	printf '#!/bin/sh\ncp -r "$@"\n' >tool
	expect_status 0 "$PCOPY" --bench=none --bench-command="sh $PWD/tool {src} {dst}" --runs=6 --warmup=0 \
		--bench-against=new src dst
	expect_status 2 "$PCOPY" --bench --runs=2 --bench-against=old src dst
	echo '{"format": 1}' >other
	expect_status 2 "$PCOPY" --bench --bench-against=other src dst
	expect_status 2 "$PCOPY" --bench --bench-against=nowhere src dst
	expect_stderr "pcopy: cannot open 'nowhere' for reading: No such file or directory"
}

# Reports that are not comparable: nothing is passed over in silence.
against_another() {
	fixture
	expect_status 0 "$PCOPY" --bench=serial --runs=5 --export-json=old src dst
	expect_status 0 "$PCOPY" --bench=serial,threads --runs=5 --max-slowdown=10000 --bench-against=old --export-json=new src dst
	expect_same "['old has no valid run of threads']" "$(json new '[w for w in d["warnings"] if w.startswith("old ")]')"
	expect_status 1 "$PCOPY" --bench=threads --runs=5 --bench-against=old src dst
	echo more >src/more
	expect_status 0 "$PCOPY" -p --bench=serial --runs=5 --max-slowdown=10000 --bench-against=old --export-json=new src dst
	expect_same "['old is of another tree', 'old is with other options']" \
		"$(json new '[w for w in d["warnings"] if w.startswith("old ")]')"
}

# The reported residency is the state of the cache.
warm() {
	fixture
	head -c 4M /dev/urandom >src/large
	bench --bench=serial --cache=warm --runs=1
	json_same report "[1.0, 1.0]" '[m["samples"][0]["resident"] for m in d["modes"]]' \
		"['warm', 'warm']" '[m["cache"] for m in d["modes"]]'
}

cold() {
	local status=0 disk
	disk=$(mktemp -d "${PCOPY_TEST_DISK:-.}/pcopy-test.XXXXXX")
	trap "rm -rf '$disk'" EXIT
	[[ $(stat -f -c %T "$disk") != tmpfs ]] || skip "here files are in memory for good"
	fixture
	head -c 4M /dev/urandom >src/large
	cp -r src "$disk"
	sync -f "$disk/src/large"
	"$PCOPY" --bench=serial --method=rw --cache=both --runs=1 --warmup=0 --export-json=report "$disk/src" dst >"$out" 2>"$err" ||
		status=$?
	[[ $status -eq 0 ]] || skip "the cache could not be dropped: $(head -n 1 "$err")"
	expect_same "['serial, warm', 'serial, cold']" "$(names)"
	expect_same "(True, True)" "$(json report \
		'tuple(m["samples"][0]["resident"] <= l for m, l in zip(d["modes"], (1, 0.05)))')"
}

# --bench reports no row as cold unless the cache was dropped, which is impossible for files on tmpfs.
never_cold() {
	[[ $EUID -eq 0 ]] || skip "no root for a mount"
	fixture
	mkdir mnt
	mount -t tmpfs none mnt || skip "no tmpfs"
	cp -r src mnt
	expect_status 1 "$PCOPY" --bench=serial --cache=cold --runs=3 --export-json=report mnt/src dst
	grep -q '^serial  *INVALID: ' "$out" || fail "$(cat "$out")"
	expect_same "(False, None)" "$(json report '(d["modes"][0]["valid"], d["modes"][0]["summary"])')"
	grep -qE 'Warning: (the source|all of it) is on tmpfs' "$out" || fail "$(cat "$out")"
}

flushed() {
	fixture
	bench --bench=serial --bench-fsync --runs=2
	json_same report True 'all(s["flush_s"] > 0 for m in d["modes"] for s in m["samples"])' \
		True 'all(m["summary"]["flushed"]["median_s"] >
		m["summary"]["wall"]["median_s"] for m in d["modes"])'
	grep -q flushed "$out" || fail "$(cat "$out")"
}

colours() {
	fixture
	expect_status 0 "$PCOPY" --bench=serial,threads --runs=1 --color=always src dst
	grep -q "$(printf '\033\\[32m')" "$out" || fail "no colour"
}

check "commands of the list" commands
check "commands beside pools" several
check "paths with blanks and quotes" paths
check "refused" refused
check "an invalid row never wins" invalid_never_wins
check "a source that changes" source_changed
check "--sweep" sweep
check "auto and its regret" regret
check "--order and --seed" order
check "--runs=auto" until_known
check "no verdict below 5 runs" few_runs
check "--bench-against" against
check "--bench-against, what is not comparable" against_another
check "--cache=warm" warm
check "--cache=both" cold
check "not cold is invalid" never_cold
check "--bench-fsync" flushed
check "--color" colours
done_testing
