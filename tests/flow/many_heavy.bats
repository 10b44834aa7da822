# SPDX-License-Identifier: Apache-2.0
# Many media at once, and one that is large: eight certificates, and memory that does not grow with the medium.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers

MIB=1048576
GIB=1073741824

# executor_of DEV: waits until the process that wipes it has written something; prints its number.
executor_of() {
	local process
	for _ in $(seq 100); do
		for process in $(processes_with "$1"); do
			[ "$(cat "/proc/$process/comm")" = certwipe-exec ] && [ "$(stat -c %b "$(loop_file "$1")")" -gt 0 ] && echo "$process" && return
		done
		sleep 0.1
	done
	echo "nobody wipes $1" >&2
	return 1
}

# written_mib DEV: how much of its sparse file is there by now.
written_mib() {
	du -m "$(loop_file "$1")" | cut -f 1
}

# let_it_write DEV: ten seconds, or until the disk has lost 4 GiB to it.
let_it_write() {
	for _ in $(seq 50); do
		[ "$(written_mib "$1")" -lt 4096 ] || return 0
		sleep 0.2
	done
}

# begin DEV: a wipe in the background; its answer goes to $SCRATCH/answer.
begin() {
	"$CERTWIPE_BIN" wipe "$1" --policy lab --authorise "$(list_of "$1")" --json --quiet --state "$STATE" >"$SCRATCH/answer" 2>"$SCRATCH/talk" </dev/null \
		3>&- &
	FRONT=$!
}

# ended_with N: the wipe in the background.
ended_with() {
	status=0
	wait "$FRONT" || status=$?
	output=$(cat "$SCRATCH/answer")
	printf '%s\n' "$output"
	cat "$SCRATCH/talk"
	exits "$1"
}

# is_report: what a stopped wipe leaves is a genuine report about an unfinished job, and nothing that says more.
is_report() {
	json '.results[0].exit == 130 and .results[0].type == "destruction-report" and .results[0].outcome != "sanitised" and .results[0].level == "none"'
	DOC=$(certificate_of)
	jq -e '.passes[0].complete == false and .passes[0].reachedBytes > 0 and .passes[0].reachedBytes < .medium.capacityBytes and .verdict.result != "sanitised"' \
		"$DOC/evidence.json"
	lab_verify
	exits 7
	cw jobs --json
	json '.jobs | length == 1 and .[0].resumable and .[0].running == false and .[0].watermarkBytes > 0'
}

@test "eight media at once give eight certificates" {
	state_new
	media=()
	for i in 1 2 3 4 5 6 7 8; do
		media+=("$(loop_new $((32 * MIB + i * 512)))")
	done
	wipe_listed "${media[@]}" --json --quiet
	exits 0
	json '[.results[] | select(.exit == 0 and .type == "destruction-certificate")] | length == 8'
	json '([.results[].documentId] | unique | length == 8) and ([.results[].node] | unique | length == 8) and ([.results[].path] | unique | length == 8)'
	for i in 0 1 2 3 4 5 6 7; do
		"$ROOT/tests/flow/holds.py" "$(certificate_of $i)" "$(value ".results[$i].node")" R
	done
	[ "$(jq -r .keystream.keyHex "$STATE"/certificates/*/*/evidence.json | sort -u | wc -l)" = 8 ]
	lab_verify "$STATE/certificates"
	exits 0
	json '.items | length == 8'
	cw register check
	exits 0
	cw register list --json
	json '.answer | length == 16'
	cw jobs --json
	json '.jobs == []'
}

@test "a medium of 32 GiB is wiped with less than 32 MiB of memory, and Ctrl-C stops it with a report" {
	[ "$(df --output=avail -B1 "$SCRATCH" | tail -n 1)" -gt $((8 * GIB)) ] || skip "needs 8 GiB of free disk"
	state_new
	loop=$(loop_sparse $((32 * GIB)))
	begin "$loop"
	executor=$(executor_of "$loop")
	let_it_write "$loop"
	peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$executor/status")
	written=$(written_mib "$loop")
	kill -INT "$FRONT"
	ended_with 130
	is_report
	echo "# peak of the executor: $peak KiB, with $written MiB written" >&3
	[ "$peak" -gt 0 ]
	[ "$peak" -lt 32768 ]
	[ "$written" -gt 256 ]
}

@test "certwipe stop ends a wipe at a checkpoint, from another terminal" {
	state_new
	loop=$(loop_sparse $((32 * GIB)))
	begin "$loop"
	executor_of "$loop" >/dev/null
	cw wipe "$loop" --policy lab --authorise "$(list_of "$loop")" --json --quiet
	exits 5
	cw jobs --json
	json '.jobs | length == 1 and .[0].state == "running" and .[0].running'
	job=$(value '.jobs[0].jobId')
	cw stop "$job" --json
	exits 0
	ended_with 130
	is_report
	cw stop "$job" --json
	exits 4
}
