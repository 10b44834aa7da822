# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# --replug: written, unplugged, plugged in again, and only then read back.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers
load jobs

MIB=1048576

setup() {
	flow_setup
	state_new
}

# start_replug DEV: a wipe in the background that has written and waits.
start_replug() {
	"$CERTWIPE_BIN" wipe "$1" --policy lab --replug --authorise "$(list_of "$1")" --progress json --json --state "$STATE" </dev/null \
		>"$SCRATCH/front.out" 2>"$SCRATCH/front.err" 3>&- &
	FRONT=$!
	wait_until 60 event replug || { cat "$SCRATCH"/front.*; return 1; }
}

event() {
	grep '^{' "$SCRATCH/front.err" | jq -e -s --arg event "$1" 'any(.event == $event)' >/dev/null 2>&1
}

# unplug DEV, plug DEV: as the kernel tells of a card that is taken out and put in again.
unplug() {
	IMAGE=$(loop_file "$1")
	losetup -d "$1"
	wait_until 20 test -z "$(loop_file "$1")"
}

plug() {
	losetup "$1" "$IMAGE"
}

@test "read back only after it was unplugged and plugged in; the certificate says so" {
	loop=$(loop_new $((4 * MIB)))
	start_replug "$loop"
	sleep 2
	event result && return 1
	unplug "$loop"
	plug "$loop"
	wait_front
	exits 0
	output=$(<"$SCRATCH/front.out")
	json '.results[0].type == "destruction-certificate"'
	DOC=$(value '.results[0].path')
	number=$(value '.results[0].documentId')
	lab_verify
	exits 0
	jq -e '.verification.unpluggedBefore and ([.interruptions[].event] == ["stopped", "resumed"]) and .interruptions[0].by == "replug"' "$DOC/evidence.json"
	"$BATS_TEST_DIRNAME/holds.py" "$DOC" "$loop"
	cw certificate show "$number" --trust "$STATE/keys/root.pem"
	[[ $output = *"after the medium had been unplugged and plugged in again"* ]]
}

@test "a policy can ask for it, and the plan says so" {
	mkdir -p "$STATE/policy"
	sed -e 's/^id = lab$/id = careful/' -e 's/^labels = .*$/&\nreplug = yes/' "$ROOT/share/policy/lab.policy" >"$STATE/policy/careful.policy"
	loop=$(loop_new $((4 * MIB)))
	cw plan "$loop" --policy careful
	exits 0
	[[ $output = *"unplugged and plugged in again"* ]]
	cw plan "$loop" --policy careful --json
	json '.plan.replug == true'
	cw plan "$loop" --policy lab --json
	json '.plan | has("replug") | not'
}

@test "stopped while it waits: 130 with a report; resume waits for the same, and then it is certified" {
	loop=$(loop_new $((4 * MIB)))
	start_replug "$loop"
	kill -INT "$FRONT"
	wait_front
	exits 130
	json '.results[0].type == "destruction-report"'
	JOB=$(value '.results[0].jobId')
	cw jobs --json
	json '.jobs[0].resumable and (.jobs[0].words | contains("Unplug"))'
	"$CERTWIPE_BIN" resume "$JOB" --progress json --json --state "$STATE" </dev/null >"$SCRATCH/front.out" 2>"$SCRATCH/front.err" 3>&- &
	FRONT=$!
	wait_until 60 event replug
	unplug "$loop"
	plug "$loop"
	wait_front
	exits 0
	json '.results[0].type == "destruction-certificate"'
}

@test "unplugged while nobody waited: resume reads it back at once" {
	loop=$(loop_new $((4 * MIB)))
	start_replug "$loop"
	kill -INT "$FRONT"
	wait_front
	unplug "$loop"
	plug "$loop"
	cw resume --json
	exits 0
	json '.results[0].type == "destruction-certificate"'
}

@test "what forgot its data meanwhile is found out" {
	loop=$(loop_new $((4 * MIB)))
	start_replug "$loop"
	unplug "$loop"
	printf 'old secret data' | dd of="$IMAGE" bs=1 seek=$((3 * MIB)) conv=notrunc status=none
	plug "$loop"
	wait_front
	exits 6
	output=$(<"$SCRATCH/front.out")
	json '.results[0].type == "destruction-report" and .results[0].outcome == "not-sanitised"'
}
