# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# Jobs seen from elsewhere: jobs --watch, and a second screen that attaches to a running job.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers
load jobs

MIB=1048576

setup() {
	flow_setup
	state_new
}

# attach JOB: in the background, until it shows the job.
attach() {
	"$CERTWIPE_BIN" attach "$1" --json --progress json --state "$STATE" </dev/null >"$SCRATCH/attached.out" 2>"$SCRATCH/attached.err" 3>&- &
	ATTACHED=$!
	wait_until 20 shows progress
}

# shows EVENT: the second screen has told of one, about this job.
shows() {
	grep '^{' "$SCRATCH/attached.err" | jq -e -s --arg event "$1" --arg job "$JOB" 'any(.event == $event and .jobId == $job)' >/dev/null 2>&1
}

wait_attached() {
	status=0
	wait "$ATTACHED" || status=$?
	output=$(cat "$SCRATCH/attached.out")
	stderr=$(cat "$SCRATCH/attached.err")
	show_last
}

# same_answer: both screens said the same of the job.
same_answer() {
	cmp <(jq -S . "$SCRATCH/front.out") <(jq -S . "$SCRATCH/attached.out")
}

@test "attached until the end: the progress, then the same answer and exit code as the first screen" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	attach "$JOB"
	grep '"event":"progress"' "$SCRATCH/attached.err" | head -n 1 | jq -e --arg node "$loop" '.node == $node and .completedBytes > 0 and .sizeBytes == 33554432'
	thaw
	wait_attached
	exits 0
	wait_front
	exits 0
	same_answer
	DOC=$(certificate_of)
	lab_verify
	exits 0
}

@test "^C on the second screen stops the job at a checkpoint: 130 on both" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	attach "$JOB"
	kill -INT "$ATTACHED"
	wait_until 20 grep -q '"event":"stopping"' "$SCRATCH/attached.err"
	thaw
	wait_attached
	exits 130
	wait_front
	exits 130
	same_answer
}

@test "the first screen goes away; a second one attaches, leaves, and a third sees the end" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	kill -HUP "$FRONT"
	wait_front
	exits 7
	for signal in HUP QUIT; do
		attach "$JOB"
		kill -$signal "$ATTACHED"
		wait_attached
		exits 7
		: >"$SCRATCH/attached.err"
	done
	attach "$JOB"
	thaw
	wait_attached
	exits 0
	json '.results[0].type == "destruction-certificate"'
	"$BATS_TEST_DIRNAME/holds.py" "$(certificate_of)" "$loop"
}

@test "the executor dies under a second screen: 7, and what to do" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	attach "$JOB"
	kill -KILL "$EXECUTOR"
	wait_attached
	exits 7
	json '.results[0].error.hint | contains("resume")'
	wait_front
	exits 7
}

@test "the broker is dead, and so nobody signs: the second screen says so" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	kill -KILL "$(ps -o ppid= -p "$EXECUTOR")"
	wait_front
	exits 1
	attach "$JOB"
	thaw
	wait_attached
	exits 9
	json '.results[0].error.hint | contains("resume")'
}

@test "a medium that does not answer is named on the second screen, and given up from there" {
	policy_of lab impatient "silent-after-seconds = 1"
	loop=$(loop_sparse $FROZEN_SIZE)
	start_halted "$loop" wipe "$loop" --policy impatient --authorise "$(list_of "$loop")"
	JOB=$(job_on "$loop")
	attach "$JOB"
	wait_until 20 shows not-answering
	kill -INT "$ATTACHED"
	wait_until 20 grep -q '"event":"stopping"' "$SCRATCH/attached.err"
	sleep 1.2
	kill -INT "$ATTACHED"
	wait_attached
	exits 7
	wait_front
	exits 7
	same_answer
	json '.results[0].type == "destruction-report"'
}

@test "there is nothing to attach to: 4" {
	for name in 1 ../../etc/passwd 20260101-000000-00000000; do
		cw attach "$name" --json
		exits 4
		json '.error.hint | length > 0'
	done
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_killed "$loop"
	cw attach "$JOB" --json
	exits 4
	cw attach
	exits 2
}

@test "jobs --watch in a pipe: a line a medium, then the list; it ends when nothing runs" {
	first=$(loop_sparse $FROZEN_SIZE)
	second=$(loop_sparse $FROZEN_SIZE)
	start_halted "$first" wipe "$first" --policy lab --authorise "$(list_of "$first")"
	one=$EXECUTOR front=$FRONT
	start_halted "$second" wipe "$second" --policy lab --authorise "$(list_of "$second")"
	"$CERTWIPE_BIN" jobs --watch --state "$STATE" </dev/null >"$SCRATCH/watch" 2>&1 3>&- &
	watch=$!
	wait_until 20 grep -q "$first  overwriting 1/2" "$SCRATCH/watch"
	wait_until 20 grep -q "$second  overwriting 1/2" "$SCRATCH/watch"
	cw stop "$(job_on "$first")"
	kill -CONT "$one"
	wait_until 20 grep -q "$first: ended" "$SCRATCH/watch"
	[ -e "/proc/$watch" ]
	thaw
	wait "$watch"
	wait "$front" || [ $? = 130 ]
	wait_front
	exits 0
	run ! grep $'\033' "$SCRATCH/watch"
	tail -n 1 "$SCRATCH/watch" | grep "stopped"
}

@test "jobs --watch --json: one document, and events where they are asked for" {
	cw jobs --watch --json
	exits 0
	json '.schema == "certwipe/jobs/1" and .jobs == []'
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	"$CERTWIPE_BIN" jobs --watch --json --progress json --state "$STATE" </dev/null >"$SCRATCH/attached.out" 2>"$SCRATCH/attached.err" 3>&- &
	ATTACHED=$!
	wait_until 20 shows progress
	thaw
	wait_attached
	exits 0
	json '.schema == "certwipe/jobs/1"'
	shows ended
	wait_front
}

@test "jobs --watch at a terminal redraws its lines" {
	command -v expect >/dev/null || skip "needs expect"
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	(
		sleep 2.5
		thaw
	) &
	cat >"$SCRATCH/person" <<-'END'
		set timeout 60
		set stty_init "rows 24 columns 100"
		spawn -noecho {*}$argv
		expect eof
		exit [lindex [wait] 3]
	END
	TERM=xterm run expect "$SCRATCH/person" "$CERTWIPE_BIN" jobs --watch --state "$STATE"
	show_last
	exits 0
	[[ $output = *"$loop  overwriting 1/2"*$'\033[1A'* ]]
	[[ $output = *"No job is running"* ]]
	wait_front
	exits 0
}
