# The progress display of a running copy.  A FIFO that pcopy reads as a file blocks the copy while
# a check looks at the display.  Worker processes copy, because in the other pools the coordinator
# itself may run the first job.
. "$(dirname "$0")/lib.sh"

fixture() {
	mkdir -p src/a
	for i in {1..20}; do
		echo "$i" >"src/a/$i"
	done
	mkfifo "src/$1"
}

# screen COLUMNS ARG...: runs pcopy ARG... in a terminal, in the background, and prints "done" there.
screen() {
	local columns=$1
	shift
	command -v tmux >/dev/null || skip "no tmux"
	export TMUX_TMPDIR=$PWD
	printf '#!/bin/sh\n%q' "$PCOPY" >command
	printf ' %q' "$@" >>command
	printf '\necho done\nread -r end\n' >>command
	TERM=xterm LC_ALL=C.UTF-8 tmux -f /dev/null -L pcopy new-session -d -x "$columns" -y 10 -s test "sh $PWD/command" ||
		skip "tmux does not start"
}

shown() {
	LC_ALL=C.UTF-8 tmux -L pcopy capture-pane -p -t test >screen
	grep -q "$1" screen
}

screen_end() {
	tmux -L pcopy kill-server
}

wait_shown() {
	while_true shown "$1" || :
	shown "$1" || fail "never shown: $1: $(cat screen)"
}

# while_true COMMAND...: repeats the command until it succeeds.
while_true() {
	local i
	for ((i = 0; i < 500; i++)); do
		"$@" && return
		read -rt 0.01 -u 9 || :
	done
	return 1
}

# Prints the width of the widest line in cells, by Python's own tables.
widest() {
	"${PCOPY_PYTHON:-python3}" -c 'import unicodedata
print(max(sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
	for c in line.rstrip("\n")) for line in open("screen", encoding="utf-8")))'
}

one_line() {
	local name=漢字漢字漢字漢字漢字漢字漢字漢字漢字
	fixture "$name-end"
	screen 80 --pool=processes -j 2 --copy-contents src dst
	wait_shown '%.*entries.*-end$'
	expect_same 1 "$(grep -c . screen)" "lines on the screen"
	[[ $(widest) -lt 80 ]] || fail "wider than 79 cells: $(cat screen)"
	# In a narrower terminal pcopy shortens the line again, and no part of the old one stays.
	tmux -L pcopy resize-window -t test -x 50 -y 10 || skip "this tmux cannot resize"
	while_true eval 'shown "%" && [[ $(widest) -lt 50 && $(grep -c . screen) -eq 1 ]]' ||
		fail "after resizing: $(cat screen)"
	echo go >"src/$name-end"
	wait_shown '^done'
	expect_same "done" "$(grep . screen)" "what is left on the screen"
	screen_end
	expect_same go "$(cat "dst/$name-end")"
}

# A prompt has the line to itself.
question() {
	fixture waits
	echo new >src/b
	mkdir dst
	echo old >dst/b
	screen 80 --pool=processes -j 1 --queue-depth=1 --copy-contents -i src/waits src/b dst
	wait_shown '%'
	echo go >src/waits
	wait_shown overwrite
	expect_same "pcopy: overwrite 'dst/b'?" "$(grep . screen | sed 's/ *$//')" "on the screen"
	tmux -L pcopy send-keys -t test y Enter
	wait_shown '^done'
	screen_end
	expect_same new "$(cat dst/b)"
}

each_worker() {
	fixture waits
	screen 60 --pool=processes -j 3 --progress=workers --copy-contents src dst
	wait_shown '^ *[0-2] .*src/waits$'
	expect_same 4 "$(grep -c . screen)" "lines on the screen"
	tmux -L pcopy resize-window -t test -x 30 -y 10 || skip "this tmux cannot resize"
	while_true eval 'shown "%" && [[ $(widest) -lt 30 && $(grep -c . screen) -eq 4 ]]' ||
		fail "after resizing: $(cat screen)"
	echo go >src/waits
	wait_shown '^done'
	expect_same "done" "$(grep . screen)" "what is left on the screen"
	screen_end
}

# Without a terminal pcopy prints plain lines without control characters.
plain() {
	fixture waits
	: >"$err" # removes messages of the previous check
	start "$PCOPY" --pool=processes -j 2 --progress="$1" --copy-contents src dst
	while_running "$pid" grep -q 'entries' "$err" || fail "no line: $(cat "$err")"
	echo go >src/waits
	wait "$pid"
	! grep -q '[[:cntrl:]]' "$err" || fail "control characters: $(cat -v "$err")"
	grep -qE '^ *[0-9]+%  [0-9,]+ entries  ' "$err" || fail "$(cat "$err")"
}

none() {
	mkdir src
	expect_status 0 "$PCOPY" --progress=never src dst
	expect_quiet
	expect_status 0 "$PCOPY" src dst-2
	expect_quiet
}

# pcopy sends progress sequences to a terminal that is known to support them, and clears them at the end.
reports() {
	fixture waits
	GO=src/waits TERM_PROGRAM=WezTerm TERM=xterm "${PCOPY_PYTHON:-python3}" \
		"$PCOPY_SOURCE/tests/cli/terminal.py" raw "$PCOPY" --pool=processes -j 2 --copy-contents src dst
	grep -aoP '\x1b\]9;4;\d;\d+\x1b\\' raw | tr -d '\033\\' >reports
	head -n 1 reports | grep -qE '^\]9;4;1;[0-9]+$' || fail "first: $(head -n 1 reports)"
	expect_same ']9;4;0;0' "$(tail -n 1 reports)" last
	GO=src/waits TERM=xterm env -u TERM_PROGRAM -u WT_SESSION -u ConEmuANSI "${PCOPY_PYTHON:-python3}" \
		"$PCOPY_SOURCE/tests/cli/terminal.py" raw "$PCOPY" --pool=processes -j 2 --copy-contents src dst-2
	grep -qa '%' raw || fail "no progress"
	! grep -qaP '\x1b\]9' raw || fail "told a terminal that is not known"
}

# In the background of a terminal that stops processes which write to it, a copy continues and prints nothing.
background() {
	fixture waits
	cat >job <<-'END'
		set -m
		stty tostop
		"$@" &
		job=$!
		mkfifo nap
		exec 9<>nap
		state() {
			state=$(ps -o stat= -p "$job")
		}
		# three looks at the progress are more than one frame
		while state && [[ $state != T* ]] && (($(grep -c '"progress"' events) < 3)); do
			read -rt 0.01 -u 9
		done
		echo "$state" >state
		[[ $state != T* ]] || kill -KILL "$job"
		[[ $state == T* ]] || echo go >src/waits
		wait "$job"
	END
	: >events
	GO=/dev/null TERM=xterm "${PCOPY_PYTHON:-python3}" "$PCOPY_SOURCE/tests/cli/terminal.py" raw \
		bash job "$PCOPY" "${P[@]}" --events=events --copy-contents src dst
	[[ $(<state) != T* ]] || fail "stopped"
	! grep -qa '%' raw || fail "progress: $(cat -v raw)"
	expect_same go "$(cat dst/waits)"
}

# ---- Events ----

lines() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import json, sys
d = [json.loads(line) for line in open(sys.argv[1])]
print(eval(sys.argv[2]))' "$1" "$2"
}

events() {
	fixture waits
	echo precious >src/b
	mkdir -p dst/b
	start "$PCOPY" "${P[@]}" -v --events=events -T --copy-contents src dst
	[[ $pool == serial || $pool == threads || $pool == coroutines ]] || # these pools report nothing while they wait
		while_running "$pid" grep -q '"progress"' events || fail "no progress: $(cat events)"
	echo go >src/waits
	local status=0
	wait "$pid" || status=$?
	expect_same 1 "$status"
	expect_same "('start', 'end', '$pool')" "$(lines events '(d[0]["event"], d[-1]["event"], d[0]["pool"])')"
	expect_same "[('src/b', 'dst/b')]" \
		"$(lines events '[(e["src"], e["dst"]) for e in d if e["event"] == "error"]')"
	expect_same "['src/a', $(seq 20 | sed "s|.*|'src/a/&'|" | sort | paste -sd, | sed 's/,/, /g'), 'src/waits']" \
		"$(lines events 'sorted(e["src"] for e in d if e["event"] == "copied")')"
	expect_same "(1, 23)" "$(lines events '(d[-1]["status"],
		sum(k["copied"] for k in d[-1]["report"]["entries"].values()))')"
	[[ $pool == serial || $pool == threads || $pool == coroutines ]] ||
		expect_same True "$(lines events 'any(w["path"] == "src/waits"
		for e in d if e["event"] == "progress" for w in e["workers"])')"
}

# The reader of the events receives the completed entries before the copy waits for an answer.
as_they_come() {
	local status=0
	mkdir dst
	echo new | tee a >b
	echo old >dst/b
	mkfifo answers
	exec 7<>answers
	"$PCOPY" "${P[@]}" -vi --queue-depth=1 --events=events a b dst <answers >"$out" 2>"$err" &
	pid=$!
	until_true grep -q overwrite "$err"
	expect_same start "$(lines events 'd[0]["event"]')"
	echo y >&7
	wait "$pid" || status=$?
	expect_same 0 "$status"
	expect_same "['a', 'b']" "$(lines events '[e["src"] for e in d if e["event"] == "copied"]')"
}

# While one worker waits for a FIFO the other copies the rest: then nearly everything is done, though
# the total is not yet known.  Excluded entries do not count towards the total, and are reported once.
share() {
	local shares='[e["fraction"] for e in d if e["event"] == "progress"]'
	mkdir -p src/{a,b,c}/{1..30} src/out
	for i in {a,b,c}/{1..30} out; do
		touch "src/$i/"{1..20}
	done
	mkfifo waits
	mkdir dst
	start "$PCOPY" "${P[@]}" -v --exclude=out --events=events --copy-contents src waits dst
	while_running "$pid" grep -qs '"entries":1894,' events || fail "no progress: $(tail -n 3 events)"
	expect_same True "$(lines events "0.9 < max($shares) < 1")"
	echo go >waits
	wait "$pid"
	expect_same True "$(lines events "$shares == sorted($shares) and max($shares) <= 1")"
	expect_same 1 "$(lines events 'sum(e["event"] == "excluded" for e in d)')"
}

# The differences that a comparison finds are events, too.
differences() {
	mkdir src dst
	echo one >src/f
	echo two >dst/f
	ln -s a "$(printf 'src/l\377')"
	: >dst/more
	await_later_than dst/more
	expect_status 3 pcopy --verify-only --events=events src dst
	expect_same "['data', 'extra', 'missing']" \
		"$(lines events 'sorted(e["field"] for e in d if e["event"] == "different")')"
	expect_same "[('src/f', 'dst/f', 'file', '0x6f', 0, False, False)]" "$(lines events '[(e["src"],
		e["dst"], e["kind"], e["want"], e["offset"], e["changed"], e["again"]) for e in d if e.get("field") == "data"]')"
	expect_same "(3, 'end')" "$(lines events '(d[-1]["status"], d[-1]["event"])')"
}

to_descriptor() {
	mkdir src
	expect_status 0 "$PCOPY" --events=fd:7 src dst 7>events
	expect_same "['start', 'end']" "$(lines events '[e["event"] for e in d]')"
	expect_status 2 "$PCOPY" --events=fd:77 src dst-2
	expect_status 2 "$PCOPY" --events=fd:x src dst-2
	expect_status 2 "$PCOPY" --events=nowhere/file src dst-2
	expect_missing dst-2
}

# When the reader of the events closes the pipe, the copy completes, and reports that it could not send all events.
deaf() {
	local status=0
	mkdir src
	for i in {1..3000}; do
		: >"src/$i"
	done
	mkfifo pipe
	head -c 100 pipe >/dev/null &
	"$PCOPY" -v --events=pipe src dst >"$out" 2>"$err" || status=$?
	expect_same 1 "$status"
	grep -q 'not all events' "$err" || fail "$(cat "$err")"
	same_tree src dst
}

# Names that are not valid UTF-8 cannot be JSON strings: events contain them in quoted form.
odd_names() {
	mkdir src
	: >"src/$(printf 'a\377b')"
	expect_status 0 "$PCOPY" -v --events=events src dst
	expect_same "[\"'src/a'\$'\\\\377''b'\"]" "$(lines events \
		'[e["src"] for e in d if e["event"] == "copied" and "a" in e["src"]]')"
}

check "one line" one_line
check "a question" question
check "--progress=workers" each_worker
check "--progress=always elsewhere" plain always
check "--progress=lines" plain lines
check "none" none
check "OSC 9;4" reports
for one in $(pools_among processes hybrid); do
	pool_options "$one"
	check "in the background ($one)" background
done
P=()
each_pool "--events" events
each_pool "--events as they come" as_they_come
each_pool "--events and differences" differences
for one in $(pools_among processes hybrid); do
	pool_options "$one"
	check "the share of what is there ($one)" share
done
P=()
check "--events=fd:N" to_descriptor
check "a reader that goes" deaf
check "names that are no UTF-8" odd_names
done_testing
