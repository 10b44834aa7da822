# SPDX-License-Identifier: Apache-2.0
# runs beside others
# What there is already about a medium that is to be destroyed: its destruction goes on with that, or a person says with what.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers
load destroying

destroyed_now() {
	cw destroy "$@" --record "$(record "started=$(now)" "ended=$(now)")" --quiet
}

open_cases() {
	cw case list --open --json
	json "(.answer | length) == $1"
}

@test "a medium that was wiped is plugged in again: its destruction goes on with that job, and one certificate carries both" {
	state_new
	loop=$(loop_new $((4 * MIB)))
	wiped_under_county "$loop"
	open_cases 1
	json '.answer[0].serial != ""'
	destroyed_now "$loop"
	exits 8
	[[ $stderr = *"$JOB"* ]]
	[ "$(last_job)" = "$JOB" ]
	open_cases 1
	confirmed name=李四 method=shred count=1
	exits 0
	# shellcheck disable=SC2016
	jq -e --arg digest "$(sha256sum "$WIPED/evidence.json" | cut -d ' ' -f 1)" '.wipe.sha256 == $digest and .wipe.level == "clear" and .case.approvalNumber == "A-2026-001"' "$DOC/evidence.json"
	verifies 0
	open_cases 0
}

@test "one that lies on the shelf already does not get a second case" {
	state_new
	loop=$(loop_new $MIB)
	cw destroy "$loop" --policy lab --later --json
	exits 0
	job=$(value .jobId)
	cw destroy "$loop" --later --json
	exits 0
	[ "$(value .jobId)" = "$job" ]
	open_cases 1
}

@test "one that was used since it was wiped gets no level by that wipe: a person has to say what it is" {
	state_new
	loop=$(loop_new $((4 * MIB)))
	wiped_under_county "$loop"
	mkfs.ext4 -q "$loop"
	udevadm settle || :
	destroyed_now "$loop"
	exits 4
	[[ $stderr = *"$JOB"*"--job new"* ]]
	open_cases 1
	cw destroy "$loop" --job new --later --json
	exits 3 # a case of its own asks for a policy of virtual media
	cw destroy "$loop" --job new --policy lab --later --json
	exits 0
	[ "$(value .jobId)" != "$JOB" ]
	open_cases 2
}

@test "a wipe that closed its case, another policy or another case are not gone on with silently" {
	state_new
	loop=$(loop_new $((4 * MIB)))
	wipe_listed "$loop" --json
	exits 0
	job=$(value '.results[0].jobId')
	destroyed_now "$loop"
	exits 4
	[[ $stderr = *"$job"* ]]
	cw destroy --job "$job" --record "$(record "started=$(now)" "ended=$(now)")" --quiet
	exits 8
	other=$(loop_new $((4 * MIB)))
	wiped_under_county "$other"
	destroyed_now "$other" --policy lab
	exits 4
	destroyed_now "$other" --case "$SCRATCH/case.ini" --policy county
	exits 4
	destroyed_now "$other" --policy county
	exits 8
	[[ $stderr = *"$JOB"* ]]
}

@test "a serial number that was typed by hand names what is known about it, and decides nothing" {
	state_new
	by_hand method=melt "[medium]" kind=USB_STICK serial=ab-123
	first=$(last_job)
	by_hand method=melt "[medium]" kind=USB_STICK serial=AB-123
	exits 4
	[[ $stderr = *"$first"* ]]
	[ "$(last_job)" = "$first" ]
	cw destroy --job new --record "$(record method=melt "[medium]" kind=USB_STICK serial=AB-123)" --quiet
	exits 8
	[ "$(last_job)" != "$first" ]
	confirmed name=李四 method=melt count=1
	exits 0
	jq -e '.medium.serialSource == "label" and (.limits | any(.id == "label"))' "$DOC/evidence.json"
	# one that is destroyed is not the one in the hand
	cw destroy --job "$first" --record "$(record method=melt)" --quiet
	cw destroy --confirm "$first" name=李四 method=melt count=1
	exits 0
	by_hand method=melt "[medium]" kind=USB_STICK serial=AB-123
	exits 8
}

@test "a wipe that was cut off is closed first" {
	state_new
	loop=$(loop_new $((4 * MIB)))
	wiped_under_county "$loop"
	journal=$STATE/journals/$JOB.jsonl
	head -n 8 "$journal" >"$journal.cut"
	cat "$journal.cut" >"$journal"
	destroyed_now "$loop"
	exits 3
	[[ $stderr = *"resume JOB --close"* ]]
	cw resume "$JOB" --close --reason "it does not work any more" --json
	exits 7
	destroyed_now "$loop"
	exits 8
	confirmed name=李四 method=shred count=1
	exits 7
	jq -e '.wipe.result != "sanitised" and .type == "destruction-report"' "$DOC/evidence.json"
}
