# Files for other programs: JSON by its schema, CSV, Markdown, hyperfine, pictures, traces.
. "$(dirname "$0")/bench-room"
. "$(dirname "$0")/lib.sh"

fixture() {
	mkdir -p src/a/b
	for i in {1..20}; do
		seq "$((i * 50))" >"src/a/b/$i"
	done
	ln -s a src/link
}

# An independent reader checks the schema strictly, so the schema must name every field.
schema() {
	fixture
	"${PCOPY_PYTHON:-python3}" -c 'import jsonschema' 2>/dev/null || skip "no jsonschema for Python"
	expect_status 0 "$PCOPY" --bench --bench-command='cp -r {src} {dst}' --runs=5 --warmup=0 \
		--sweep=j:1,2,3 --bench-fsync --export-json=full src dst
	expect_status 0 "$PCOPY" --bench=serial --runs=1 --export-json=small src dst
	expect_status 0 "$PCOPY" --bench=serial --runs=5 --json=again --bench-against=small src dst
	expect_status 1 "$PCOPY" --bench=serial --bench-command='sh -c "mkdir {dst}; : {src}"' --runs=5 \
		--export-json=invalid src dst
	"${PCOPY_PYTHON:-python3}" "$PCOPY_SOURCE/tests/cli/schema.py" "$PCOPY_SOURCE/docs/bench.schema.json" full small again invalid
}

# Events of every kind that occurs without hardware faults.
events() {
	local trap_library=${PCOPY%/*}/tests/libtrap.so
	"${PCOPY_PYTHON:-python3}" -c 'import jsonschema' 2>/dev/null || skip "no jsonschema for Python"
	mkdir -p s/d s/e o/d o/e
	echo 1 >s/d/changed
	touch s/d/{same,left.o,conflict,dressed} s/new
	cp -a s/d/same s/d/dressed o/d
	chmod 700 o/d/dressed
	echo 2 >o/d/more
	mkdir o/d/conflict
	echo longer >o/d/changed
	seq 200000 >slow
	expect_status 0 pcopy --mirror --dry-run --exclude='*.o' --events=1 -T s o
	expect_status 1 pcopy -av --events=2 s/missing s/new s/new o
	expect_status 0 pcopy -v --mirror --exclude='*.o' --verify --events=3 -T s o
	expect_status 0 pcopy -v --mirror --exclude='*.o' --events=4 -T s o
	echo 3 >o/new
	expect_status 3 pcopy --verify-only --events=5 -T s o
	expect_status 0 pcopy -f --reflink=never --bwlimit=1M --events=6 slow o
	: >7
	if [[ -e $trap_library && ($pool == processes || $pool == hybrid) ]]; then
		touch s/kills
		expect_status 1 env "TRAP=kills KILL" "LD_PRELOAD=$trap_library" "$PCOPY" "${P[@]}" --events=7 s o
		grep -q '"event":"worker"' 7 || fail "$(cat 7)"
	fi
	"${PCOPY_PYTHON:-python3}" "$PCOPY_SOURCE/tests/cli/schema.py" "$PCOPY_SOURCE/docs/events.schema.json" --lines {1..7}
	expect_same "attributes copied different end error excluded progress removed skipped start warning would" \
		"$(cat {1..6} | jq -r .event | sort -u | tr '\n' ' ' | sed 's/ $//')"
	expect_same "change attributes create remove update" \
		"$(jq -r 'select(.event == "would").what' 1 | sort -u | tr '\n' ' ' | sed 's/ $//')"
}

csv() {
	fixture
	expect_status 0 "$PCOPY" --bench='serial,cp -r {src} {dst}' --runs=3 --export-csv=table \
		--export-json=report src dst
	expect_same True "$("${PCOPY_PYTHON:-python3}" - <<-'END'
		import csv, json
		rows = list(csv.DictReader(open("table")))
		d = json.load(open("report"))
		print([(r["mode"], round(float(r["wall_s"]), 6)) for r in rows] ==
		      [(m["mode"], round(s["wall_s"], 6)) for m in d["modes"] for s in m["samples"]])
	END
	)"
}

markdown() {
	fixture
	expect_status 0 "$PCOPY" --bench='serial,cp -r {src} {dst}' --runs=5 --export-markdown=table src dst
	expect_same 4 "$(wc -l <table)" lines
	expect_same 1 "$(awk -F'|' '{ print NF }' table | sort -u | wc -l)" "numbers of columns"
	grep -q '^| `cp -r` | 5 |' table || fail "$(cat table)"
}

# The fields that hyperfine's own scripts read.
hyperfine() {
	fixture
	expect_status 0 "$PCOPY" --bench='serial,cp -r {src} {dst}' --runs=3 --export-hyperfine=h \
		--export-json=report src dst
	json_same h True 'all(set(r) == {"command", "mean", "stddev", "median", "user", "system",
		"min", "max", "times", "memory_usage_byte", "exit_codes"} and len(r["times"]) == 3 and
		abs(sum(r["times"]) / 3 - r["mean"]) < 1e-9 for r in d["results"])' \
		"['serial', 'cp -r']" '[r["command"] for r in d["results"]]'
}

# They are refused before the runs, as far as that can be known.
unwritable() {
	local words
	fixture
	for words in --export-{json,csv,markdown,hyperfine}=nowhere/file --json=nowhere/file --export-csv=src/link/x/file; do
		expect_status 2 "$PCOPY" --bench=none --bench-command='sh -c "touch ran; cp -r {src} {dst}"' --runs=1 "$words" src dst
		expect_stderr "pcopy: cannot write the report to '${words#*=}': No such file or directory"
		expect_missing ran dst
	done
	expect_status 1 "$PCOPY" --bench=serial --runs=1 --export-csv=/dev/full src dst
	expect_stderr "pcopy: cannot write the report to '/dev/full': No space left on device"
	mkdir there
	expect_status 0 "$PCOPY" --bench=serial --runs=1 --export-csv=there/new src dst
	[[ -s there/new ]] || fail "nothing was written"
}

plot() {
	fixture
	if ! command -v gnuplot >/dev/null; then
		expect_status 2 "$PCOPY" --bench=serial --plot=p.svg --runs=1 src dst
		skip "no gnuplot"
	fi
	expect_status 0 "$PCOPY" --bench='serial,threads,cp -r {src} {dst}' --plot=bars.svg --runs=5 src dst
	for word in serial threads 'cp -r'; do
		grep -q ">$word<" bars.svg || fail "no $word in the picture"
	done
	expect_status 0 "$PCOPY" --bench=serial,threads --sweep=j:1,2,4 --plot=curve.svg --runs=5 src dst
	for word in ideal threads knee workers; do
		grep -q ">$word<" curve.svg || fail "no $word in the picture"
	done
	expect_status 0 "$PCOPY" --bench=serial,threads --plot=bars.png --runs=1 src dst
	expect_same "PNG" "$(head -c 4 bars.png | tail -c 3)"
}

# Every slice belongs to a named track, and the slices of one track nest.
trace() {
	fixture
	head -c 3M /dev/urandom >src/large
	expect_status 0 pcopy -p --chunk-size=1M --trace=trace --json=report src dst
	same_tree src dst
	check_trace
	# Verification follows the copy, on the same tracks.
	expect_status 0 pcopy -p --chunk-size=1M --verify --trace=trace --json=report src dst-2
	check_trace --verify
}

check_trace() {
	"${PCOPY_PYTHON:-python3}" - "$@" <<-'END'
		import collections, json, sys
		trace, report = json.load(open("trace")), json.load(open("report"))
		events = trace["traceEvents"]
		assert {e["ph"] for e in events} == {"X", "M"}, {e["ph"] for e in events}
		names = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
		assert sorted(names) == list(range(1, len(report["workers"]) + 1)), names
		assert all(n.startswith("worker ") for n in names.values()), names
		jobs = [e for e in events if e["ph"] == "X" and e["cat"] == "job"]
		assert len(jobs) == report["jobs"] or sys.argv[1:] and len(jobs) > report["jobs"], len(jobs)
		assert any(e["args"].get("path") == "src/large" for e in jobs), jobs
		tracks = collections.defaultdict(list)
		for e in events:
		    if e["ph"] == "X":
		        assert e["ts"] >= 0 and e["dur"] >= 0 and e["tid"] in names, e
		        tracks[e["tid"]].append((round(e["ts"] * 1000), -round(e["dur"] * 1000), e["cat"]))
		for track in tracks.values():
		    ends = []
		    for start, minus, what in sorted(track):
		        while ends and ends[-1] <= start:
		            ends.pop()
		        assert not ends or start - minus <= ends[-1], "slices overlap"
		        assert what == "phase" or not ends, "a job within another"
		        assert what == "job" or ends, "a phase of no job"
		        ends.append(start - minus)
		seen = {e["name"] for e in events if e["ph"] == "X" and e["cat"] == "phase"}
		assert {"open", "create", "copy", "metadata", "commit"} <= seen, seen
	END
}

no_trace() {
	fixture
	expect_status 2 pcopy --trace=nowhere/file src dst
	grep -q nowhere/file "$err"
	expect_missing dst
}

check "--export-json by its schema" schema
each_pool "--events by their schema" events
check "--export-csv" csv
check "--export-markdown" markdown
check "--export-hyperfine" hyperfine
check "files that cannot be written" unwritable
check "--plot" plot
each_pool "--trace" trace
check "a trace that cannot be written" no_trace
done_testing
