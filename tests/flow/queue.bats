# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# A policy that lets only so many media run at once: the others wait, and get their turn.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers
load jobs

MIB=1048576

setup() {
	flow_setup
	state_new
	policy_of lab single "at-once = 1"
}

# waits DEV: the front has said that it does.
waits() {
	grep -q "\"event\":\"waiting\",\"slot\":[0-9]*,\"node\":\"$1\"" "$SCRATCH/front.err"
}

running() {
	cw jobs --json
	json "[.jobs[] | select(.running) | .node] == [\"$1\"]"
}

# line EVENT JOB: boot time of the first such line of a job.
line() {
	jq -s -e --arg event "$1" 'map(select(.event == $event))[0].bootMs' "$STATE/journals/$2.jsonl"
}

@test "three media, one at a time: the second begins when the first has ended, and all are certified" {
	first=$(loop_sparse $FROZEN_SIZE)
	others=("$(loop_new $((2 * MIB)))" "$(loop_new $MIB)")
	remember "$(loop_file "${others[0]}")" "$(loop_file "${others[1]}")"
	start_halted "$first" wipe "$first" "${others[@]}" --policy single --authorise "$(list_of "$first" "${others[@]}")" --progress json
	wait_until 20 waits "${others[0]}"
	wait_until 20 waits "${others[1]}"
	running "$first"
	is_untouched
	# What waits is held: nobody else gets it.
	cw wipe "${others[1]}" --policy lab --authorise "$(list_of "${others[1]}")" --json
	exits 5
	thaw
	wait_front
	exits 0
	json '[.results[] | select(.exit == 0 and .type == "destruction-certificate")] | length == 3'
	mapfile -t jobs < <(jq -r '.results[].jobId' "$SCRATCH/front.out")
	[ "$(line end "${jobs[0]}")" -le "$(line job "${jobs[1]}")" ]
	[ "$(line end "${jobs[1]}")" -le "$(line job "${jobs[2]}")" ]
	mapfile -t documents < <(jq -r '.results[].path' "$SCRATCH/front.out")
	lab_verify "${documents[@]}"
	exits 0
}

@test "stopped while some wait: 130, and nothing was done to those" {
	first=$(loop_sparse $FROZEN_SIZE)
	second=$(loop_new $MIB)
	remember "$(loop_file "$second")"
	start_halted "$first" wipe "$first" "$second" --policy single --authorise "$(list_of "$first" "$second")" --progress json
	wait_until 20 waits "$second"
	kill -INT "$FRONT"
	wait_until 20 grep -q '"event":"stopping"' "$SCRATCH/front.err"
	thaw
	wait_front
	exits 130
	json '[.results[].exit] == [130, 130]'
	json ".results[] | select(.node == \"$second\") | .type == \"destruction-report\" and (.error.message | contains(\"waited\"))"
	is_untouched
	cw jobs --json
	json '.jobs | length == 1 and .[0].resumable'
	wipe_listed "$second"
	exits 0
}

@test "media of another call count, and a resumed job waits too" {
	first=$(loop_sparse $FROZEN_SIZE)
	start_halted "$first" wipe "$first" --policy single --authorise "$(list_of "$first")"
	cw stop "$(job_on "$first")"
	thaw
	wait_front
	exits 130
	JOB=$(value '.results[0].jobId')
	second=$(loop_sparse $FROZEN_SIZE)
	start_halted "$second" wipe "$second" --policy single --authorise "$(list_of "$second")"
	"$CERTWIPE_BIN" resume "$JOB" --json --progress json --state "$STATE" </dev/null >"$SCRATCH/resumed.out" 2>"$SCRATCH/resumed.err" 3>&- &
	resumed=$!
	wait_until 20 grep -q '"event":"waiting"' "$SCRATCH/resumed.err"
	kill -INT "$resumed"
	wait "$resumed" || [ $? = 130 ]
	cw jobs --json
	json ".jobs[] | select(.jobId == \"$JOB\") | .resumable"
	"$CERTWIPE_BIN" resume "$JOB" --json --progress json --state "$STATE" </dev/null >"$SCRATCH/resumed.out" 2>"$SCRATCH/resumed.err" 3>&- &
	resumed=$!
	wait_until 20 grep -q '"event":"waiting"' "$SCRATCH/resumed.err"
	run ! grep '"event":"progress"' "$SCRATCH/resumed.err"
	thaw
	wait_front
	exits 0
	wait "$resumed"
	output=$(<"$SCRATCH/resumed.out")
	json '.results[0].type == "destruction-certificate"'
}

@test "the screen goes away: those that wait still get their turn" {
	first=$(loop_sparse $FROZEN_SIZE)
	second=$(loop_new $MIB)
	start_halted "$first" wipe "$first" "$second" --policy single --authorise "$(list_of "$first" "$second")" --progress json
	wait_until 20 waits "$second"
	kill -HUP "$FRONT"
	wait_front
	exits 7
	thaw
	wait_until 60 test -e "$STATE/certificates/$(date -u +%Y)/$(date -u +%Y)-000002/evidence.json.p7s"
	lab_verify "$STATE/certificates"
	exits 0
	json '.items | length == 2'
}

@test "a medium that does not answer takes nobody's turn" {
	policy_of lab impatient "at-once = 1" "silent-after-seconds = 1"
	hung=$(loop_sparse $FROZEN_SIZE)
	second=$(loop_new $MIB)
	start_halted "$hung" wipe "$hung" "$second" --policy impatient --authorise "$(list_of "$hung" "$second")" --progress json
	wait_until 20 grep -q "\"event\":\"result\",\"slot\":1" "$SCRATCH/front.err"
	thaw
	wait_front
	exits 0
}
