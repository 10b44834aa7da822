# SPDX-License-Identifier: Apache-2.0
# A medium that does not answer, beside one that does: it is named, the other goes on, and it can be given up.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers
load jobs

MIB=1048576

setup() {
	flow_setup
	state_new
	policy_of lab impatient "silent-after-seconds = 1"
}

teardown() {
	[ ! -e "$SCRATCH/disk.frozen" ] || thaw_disk
	jobs_teardown
	flow_teardown
}

# wipe_two HUNG HEALTHY [OPTION...]: both in one call; the executor of HUNG is halted in mid-write.
wipe_two() {
	start_halted "$1" wipe "$1" "$2" --policy impatient --authorise "$(list_of "$1" "$2")" --progress json "${@:3}"
	JOB=$(job_on "$1")
}

# event NAME DEV [FILTER]: the front has told of one for which the filter holds.
event() {
	grep '^{' "$SCRATCH/front.err" | jq -e -s --arg event "$1" --arg node "$2" "any(.event == \$event and .node == \$node and (${3:-true}))" >/dev/null 2>&1
}

# told EVENT DEV: the front has said so by now.
told() {
	wait_until 20 event "$1" "$2"
}

# on_disk SIZE: a loop device over a file on a file system of its own, which can be frozen: then the device hangs as a dead one does.
on_disk() {
	local disk image
	disk=$(loop_sparse $((96 * MIB)))
	mkfs.ext4 -q "$disk"
	mount_at "$disk" "$SCRATCH/disk"
	image=$(mktemp "$SCRATCH/disk/medium-XXXXXX")
	head -c "$1" /dev/zero >"$image"
	sync "$image"
	loop_attach "$image"
}

freeze_disk() {
	: >"$SCRATCH/disk.frozen"
	fsfreeze --freeze "$SCRATCH/disk"
}

thaw_disk() {
	rm "$SCRATCH/disk.frozen"
	fsfreeze --unfreeze "$SCRATCH/disk"
}

hangs_in_the_kernel() {
	grep -qs "^State:.D" /proc/"$EXECUTOR"/task/*/status
}

# result DEV FILTER: what the front's answer says of this medium.
result() {
	json ".results[] | select(.node == \"$1\") | $2"
}

healthy_is_certified() {
	result "$1" '.exit == 0 and .type == "destruction-certificate"'
	DOC=$(value ".results[] | select(.node == \"$1\") | .path")
	lab_verify
	exits 0
	"$BATS_TEST_DIRNAME/holds.py" "$DOC" "$1"
}

@test "one that does not answer is named with the time, by the wipe and by jobs; the other is certified meanwhile" {
	hung=$(loop_sparse $FROZEN_SIZE)
	healthy=$(loop_new $((4 * MIB)))
	wipe_two "$hung" "$healthy"
	told not-answering "$hung"
	event not-answering "$hung" '.since | fromdate | now - . < 30'
	told result "$healthy"
	cw jobs --json
	json '.jobs | length == 1 and .[0].running and .[0].node == $node and (.[0].notAnsweringSince | fromdate | now - . < 30)' --arg node "$hung"
	cw jobs
	[[ $output = *"ot answering"* ]]
	thaw
	wait_front
	exits 0
	told answering "$hung"
	healthy_is_certified "$healthy"
	run ! event not-answering "$healthy"
}

@test "given up from elsewhere: 7 with a signed report, and it can be resumed" {
	hung=$(loop_sparse $FROZEN_SIZE)
	healthy=$(loop_new $((4 * MIB)))
	wipe_two "$hung" "$healthy"
	told not-answering "$hung"
	cw stop "$JOB" --json
	exits 0
	cw stop "$JOB" --abandon --json
	exits 0
	json ".jobId == \"$JOB\" and .processEnded"
	wait_front
	exits 7
	healthy_is_certified "$healthy"
	output=$(<"$SCRATCH/front.out")
	result "$hung" '.exit == 7 and .type == "destruction-report" and .outcome == "inconclusive"'
	REPORT=$(value ".results[] | select(.node == \"$hung\") | .path")
	lab_verify "$REPORT"
	exits 7
	grep -q "Given up by the operator" "$REPORT/journal.jsonl"
	cw jobs --json
	json '.jobs | length == 1 and .[0].running == false and .[0].resumable'
	cw resume "$JOB" --json
	exits 0
	DOC=$(certificate_of)
	lab_verify
	exits 0
	"$BATS_TEST_DIRNAME/holds.py" "$DOC" "$hung"
	[ -z "$(find "$STATE/journals" -name '*.progress')" ]
}

@test "a job whose medium answers is not given up but stopped" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	cw stop "$JOB" --abandon --json
	exits 5
	json '.error.hint | contains("certwipe stop")'
	cw stop "$JOB"
	thaw
	wait_front
	exits 130
	cw stop "$JOB" --abandon --json
	exits 4
}

@test "a process that hangs in the kernel holds up nobody: not the other medium, not the command, not stop" {
	LAUNCHER=("$BATS_TEST_DIRNAME/without_ring.py") # the threads of that one are what hangs
	hung=$(on_disk $FROZEN_SIZE)
	healthy=$(loop_new $((4 * MIB)))
	wipe_two "$hung" "$healthy"
	freeze_disk
	thaw
	wait_until 20 hangs_in_the_kernel
	told not-answering "$hung"
	told result "$healthy"
	cw stop "$JOB" --abandon --json
	exits 7
	json '.processEnded == false'
	wait_until 20 test ! -e "/proc/$FRONT"
	wait_front
	exits 7
	hangs_in_the_kernel
	healthy_is_certified "$healthy"
	output=$(<"$SCRATCH/front.out")
	result "$hung" '.exit == 7 and .documentId == "" and (.error.hint | contains("resume"))'
	cw jobs --json
	json '.jobs | length == 1 and .[0].running and .[0].abandoned and (.[0].words | contains("nplug"))'
	cw resume "$JOB" --json
	exits 5
	# When the kernel lets go of it, the job is as resumable as any.
	thaw_disk
	wait_until 20 test ! -e "/proc/$EXECUTOR"
	cw resume "$JOB" --json
	exits 0
	"$BATS_TEST_DIRNAME/holds.py" "$(certificate_of)" "$hung"
}

@test "requests that are still under way when a job is given up keep its medium to themselves" {
	hung=$(on_disk $FROZEN_SIZE)
	healthy=$(loop_new $((4 * MIB)))
	wipe_two "$hung" "$healthy"
	freeze_disk
	thaw
	told not-answering "$hung"
	cw stop "$JOB" --abandon --json
	exits 0
	json '.processEnded'
	wait_front
	exits 7
	output=$(<"$SCRATCH/front.out")
	result "$hung" '.exit == 7 and .type == "destruction-report"'
	# They could still arrive behind what somebody else has written by then.
	cw resume "$JOB" --json
	exits 5
	thaw_disk
	wait_free "$hung"
	cw resume "$JOB" --json
	exits 0
	"$BATS_TEST_DIRNAME/holds.py" "$(certificate_of)" "$hung"
}

@test "^C twice at the terminal: what answers stops at a checkpoint, what does not is given up" {
	hung=$(loop_sparse $FROZEN_SIZE)
	start_halted "$hung" wipe "$hung" --policy impatient --authorise "$(list_of "$hung")" --progress json
	JOB=$(job_on "$hung")
	told not-answering "$hung"
	kill -INT "$FRONT"
	wait_until 20 grep -q '"event":"stopping"' "$SCRATCH/front.err"
	kill -INT "$FRONT" # a bounce
	sleep 1.2
	[ -e "/proc/$FRONT" ]
	kill -INT "$FRONT"
	wait_front
	exits 7
	json '.results[0].exit == 7 and .results[0].type == "destruction-report"'
	cw jobs --json
	json '.jobs[0].resumable'
}
