# SPDX-License-Identifier: Apache-2.0
# Jobs that are stopped, killed, resumed and given up, and those that are not resumed because something is not what it was.
load helpers
load jobs

setup() {
	flow_setup
	state_new
}

# stands STATE WORDS: `jobs` lists the one job, in this state, and says so in these words, as text too.
stands() {
	cw jobs --json
	exits 0
	json '.jobs | length == 1 and .[0].jobId == $job and .[0].state == $state and (.[0].words | contains($words))' \
		--arg job "$JOB" --arg state "$1" --arg words "$2"
	cw jobs
	exits 0
	[[ $output = *"$JOB"* ]]
}

no_job_is_left() {
	cw jobs --json
	exits 0
	json '.jobs == []'
}

# fails EXIT SLUG ARG...: with a sentence, and no change to what was remembered.
fails() {
	cw "${@:3}" --json
	exits "$1"
	json '(.error // .results[0].error) | .exit == $exit and .code == $slug and (.message | test("[.]$"))' --argjson exit "$1" --arg slug "$2"
	[ ! -e "$SCRATCH/remembered" ] || is_untouched
}

# certified LOOP: the last answer is a certificate that verifies, and holds byte by byte.
certified() {
	exits 0
	json '.results | length == 1 and .[0].type == "destruction-certificate" and .[0].outcome == "sanitised"'
	DOC=$(certificate_of)
	lab_verify
	exits 0
	"$BATS_TEST_DIRNAME/holds.py" "$DOC" "$1"
	no_job_is_left
}

# reported OUTCOME: the last answer is a signed report, and no certificate exists.
reported() {
	json '.results | length == 1 and .[0].type == "destruction-report" and (.[0].outcome | IN("inconclusive", "not-sanitised"))'
	REPORT=$(certificate_of)
	run ! grep -l '"type":"destruction-certificate"' "$STATE"/certificates/*/*/evidence.json
	lab_verify "$REPORT"
	exits 7
	openssl_accepts "$REPORT"
}

journal() {
	echo "$STATE/journals/$JOB.jsonl"
}

@test "stopped from elsewhere: stops at a checkpoint with a signed report; resumed: a certificate that supersedes it" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	stands running "unning"
	cw stop "$JOB" --json
	exits 0
	json ".jobId == \"$JOB\""
	thaw
	wait_front
	exits 130
	json '.exit == 130 and .results[0].exit == 130'
	reported
	stands stopped "resumed"
	[[ $output = *"2026-000001"* || $output = *"$(basename "$REPORT")"* ]]
	cw resume --json
	certified "$loop"
	[ "$(jq -r .supersedes.certificateId "$DOC/evidence.json")" = "$(basename "$REPORT")" ]
	[ "$(jq -r .supersedes.sha256 "$DOC/evidence.json")" = "$(sha256sum <"$REPORT/evidence.json" | cut -d' ' -f1)" ]
}

@test "given up: a signed report with the reason, nothing left to resume, and the medium can be wiped anew" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_killed "$loop"
	cw resume "$JOB" --close --reason "The stick broke in two." --json
	exits 7
	reported
	grep -q "The stick broke in two." "$REPORT/journal.jsonl"
	no_job_is_left
	fails 4 not-found resume "$JOB"
	fails 2 exists resume "$JOB" --close --reason "Again."
	wipe_listed "$loop" --json
	certified "$loop"
}

@test "given up after a stop: the second report supersedes the first" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_stopped "$loop"
	first=$(value '.results[0].documentId')
	cw resume "$JOB" --close --reason "Not needed any more." --json
	exits 130
	reported
	[ "$(jq -r .supersedes.certificateId "$REPORT/evidence.json")" = "$first" ]
	no_job_is_left
}

@test "the executor is killed in mid-write: the command says so, and the job is resumed" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_killed "$loop"
	json '.results[0].error | (.message | length > 0) and (.hint | contains("resume"))'
	stands interrupted "can be resumed"
	cw resume "$JOB" --json
	certified "$loop"
}

@test "stopped, resumed, killed, resumed: one job, one certificate" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_stopped "$loop"
	start_frozen "$loop" resume "$JOB"
	kill -KILL "$EXECUTOR"
	wait_front
	exits 7
	stands interrupted "can be resumed"
	cw resume --json
	certified "$loop"
	[ "$(find "$STATE/journals" -name '*.jsonl' | wc -l)" = 1 ]
}

@test "the command is killed: the job goes on and is certified" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	kill -KILL "$FRONT"
	wait_front
	stands running "unning"
	thaw
	wait_until 60 test -e "$STATE/certificates/$(date -u +%Y)/$(date -u +%Y)-000001/evidence.json.p7s"
	wait_until 60 no_job_is_left
	DOC=$(dirname "$STATE"/certificates/*/*/evidence.json)
	lab_verify
	exits 0
	"$BATS_TEST_DIRNAME/holds.py" "$DOC" "$loop"
}

@test "the broker is killed: the executor goes on, and resume signs what it did" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	kill -KILL "$(ps -o ppid= -p "$EXECUTOR")"
	wait_front
	exits 1
	thaw
	wait_until 60 test ! -e "/proc/$EXECUTOR"
	stands finished "not signed yet"
	cw resume --json
	certified "$loop"
}

@test "what runs cannot be resumed or closed, what does not run cannot be stopped" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	fails 5 busy resume "$JOB"
	fails 5 busy resume "$JOB" --close --reason "Impatience."
	fails 4 not-found resume
	kill -KILL "$EXECUTOR"
	wait_front
	fails 4 not-found stop "$JOB"
	stands interrupted "can be resumed"
}

@test "a wipe of a medium with an unfinished job is refused, one of another medium is not" {
	loop=$(loop_sparse $FROZEN_SIZE)
	other=$(loop_new 1048576)
	wipe_killed "$loop"
	remember "$(loop_file "$loop")"
	fails 3 unfinished-job wipe "$loop" --policy lab --authorise "$(list_of "$loop")"
	json ".results[0].error.message | contains(\"$JOB\")"
	json '.results[0].error.hint | contains("--close")'
	wipe_listed "$other" --json
	exits 0
	is_untouched
}

@test "with two unfinished jobs one must be named" {
	for i in 1 2; do
		loops[i]=$(loop_sparse $FROZEN_SIZE)
		wipe_killed "${loops[i]}"
		jobs[i]=$JOB
	done
	remember "$(loop_file "${loops[1]}")" "$(loop_file "${loops[2]}")"
	fails 4 ambiguous resume
	remember "$(loop_file "${loops[1]}")"
	cw resume "${jobs[2]}" --json
	exits 0
	"$BATS_TEST_DIRNAME/holds.py" "$(certificate_of)" "${loops[2]}"
	is_untouched
	JOB=${jobs[1]}
	stands interrupted "can be resumed"
}

@test "the medium is not attached: 4; attached as another node it is found and finished" {
	loop=$(loop_sparse $FROZEN_SIZE)
	image=$(loop_file "$loop")
	wipe_killed "$loop"
	wait_free "$loop"
	decoy=$(loop_sparse $FROZEN_SIZE)
	losetup -d "$loop"
	remember "$image" "$(loop_file "$decoy")"
	fails 4 not-found resume "$JOB"
	json '.error.message | contains("plugged in")' || json '.results[0].error.message | contains("plugged in")'
	spacer=$(loop_new 1048576)
	again=$(loop_attach "$image")
	[ "$spacer" != "$again" ]
	remember "$(loop_file "$decoy")"
	cw resume "$JOB" --json
	certified "$again"
	is_untouched
}

# another_station: from here on STATE is that of one, with this job's journal carried over.
another_station() {
	"$CERTWIPE_BIN" key create --state "$SCRATCH/other" --organisation "Other County" --station "second" --years 1 --passphrase-fd 3 3<<<"$PASSPHRASE" \
		>/dev/null
	cp "$(journal)" "$SCRATCH/other/journals/"
	STATE=$SCRATCH/other
}

@test "a journal carried to another station: resumed there, entered in its register, certified by it" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_stopped "$loop"
	another_station
	cw resume "$JOB" --json
	certified "$loop"
	jq -e '[.interruptions[] | select(.event == "registered") | .origin] == ["Other County/second"]' "$DOC/evidence.json"
	jq -e '.register.started.origin == "Other County/second"' "$DOC/evidence.json"
	cw register check
	exits 0
}

@test "a journal carried to another station can be closed there with a report" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_stopped "$loop"
	another_station
	cw resume "$JOB" --close --reason "The station it was begun at is broken." --json
	exits 130
	json '.results[0].type == "destruction-report"'
	DOC=$(value '.results[0].path')
	lab_verify
	exits 7
	cw register check
	exits 0
}

@test "the state directory carried to another place, journal, register and keys: resumed there, one certificate" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_stopped "$loop"
	cp -a "$STATE" "$SCRATCH/carried"
	rm -rf "$STATE"
	STATE=$SCRATCH/carried
	cw resume "$JOB" --json
	certified "$loop"
	cw register check
	exits 0
}

# wait_for_medium: a resume in the background that has said that it waits.
wait_for_medium() {
	"$CERTWIPE_BIN" resume "$JOB" --wait --json --state "$STATE" </dev/null >"$SCRATCH/front.out" 2>"$SCRATCH/front.err" 3>&- &
	FRONT=$!
	wait_until 20 grep -q "plug it in" "$SCRATCH/front.err"
}

@test "resume --wait: the medium is waited for, comes back as another node, and is finished; another one is not taken for it" {
	loop=$(loop_sparse $FROZEN_SIZE)
	image=$(loop_file "$loop")
	wipe_stopped "$loop"
	wait_free "$loop"
	losetup -d "$loop"
	wait_for_medium
	# A job that waits for its medium does not run, and nobody is kept from it.
	stands stopped "can be resumed"
	other=$(mktemp "$SCRATCH/medium-XXXXXX")
	truncate -s $FROZEN_SIZE "$other"
	losetup "$loop" "$other"
	echo "$loop $other" >>"$SCRATCH/.loops"
	remember "$other"
	sleep 1.5
	[ -e "/proc/$FRONT" ]
	again=$(loop_attach "$image")
	[ "$again" != "$loop" ]
	wait_front
	certified "$again"
	is_untouched
}

@test "resume --wait with the medium plugged in waits for nothing" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_killed "$loop"
	cw resume "$JOB" --wait --json
	certified "$loop"
	[[ $stderr != *"plug it in"* ]]
}

@test "^C while waiting for the medium: nothing is held, nothing changed" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_stopped "$loop"
	wait_free "$loop"
	losetup -d "$loop"
	sha256sum "$(journal)" >"$SCRATCH/journal-was"
	wait_for_medium
	# The shell lets what it starts in the background ignore SIGINT.
	kill -TERM "$FRONT"
	wait_front
	wait_until 10 gone_with "$(journal)"
	sha256sum --check --quiet "$SCRATCH/journal-was"
	stands stopped "can be resumed"
}

gone_with() {
	[ -z "$(processes_with "$1")" ]
}

@test "another medium of the same size on the same node is not taken for it" {
	loop=$(loop_sparse $FROZEN_SIZE)
	image=$(loop_file "$loop")
	wipe_stopped "$loop"
	wait_free "$loop"
	losetup -d "$loop"
	other=$(mktemp "$SCRATCH/medium-XXXXXX")
	truncate -s $FROZEN_SIZE "$other"
	losetup "$loop" "$other"
	echo "$loop $other" >>"$SCRATCH/.loops"
	remember "$image" "$other"
	fails 4 not-found resume "$JOB"
	stands stopped "resumed"
}

@test "a medium that only says that it is the one is found out by what it holds" {
	loop=$(loop_sparse $FROZEN_SIZE)
	image=$(loop_file "$loop")
	wipe_stopped "$loop"
	wait_free "$loop"
	losetup -d "$loop"
	mv "$image" "$SCRATCH/the-real-one"
	truncate -s $FROZEN_SIZE "$image"
	again=$(loop_attach "$image")
	remember "$image" "$SCRATCH/the-real-one"
	fails 4 identity-changed resume "$JOB"
	# Nothing is lost by the attempt: with the right medium it goes on.
	wait_free "$again"
	losetup -d "$again"
	mv "$SCRATCH/the-real-one" "$image"
	again=$(loop_attach "$image")
	cw resume "$JOB" --json
	certified "$again"
}

@test "what was written has changed below the mark: not resumed, but closed with a report" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_stopped "$loop"
	mark=$(jq -s 'map(.watermarkBytes // 0) | max' "$(journal)")
	[ "$mark" -gt 0 ]
	wait_free "$loop"
	dd if=/dev/zero of="$loop" bs=4096 count=1 seek=$((mark / 4096 - 1)) oflag=direct status=none
	remember "$(loop_file "$loop")"
	fails 4 identity-changed resume "$JOB"
	cw resume "$JOB" --close --reason "It lost what was written." --json
	exits 130
	reported
	is_untouched
	no_job_is_left
}

@test "half a line at the end of a journal is dropped: the job is resumed, and the certificate says so" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_killed "$loop"
	tail -n 1 "$(journal)" | head -c 60 >"$SCRATCH/half"
	cat "$SCRATCH/half" >>"$(journal)"
	stands interrupted "can be resumed"
	cw resume "$JOB" --json
	certified "$loop"
	jq -s -e 'any(.droppedTail == true)' "$DOC/journal.jsonl"
}

@test "a journal that lost the end of its last line is resumed" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_stopped "$loop"
	truncate -s -7 "$(journal)"
	stands stopped "can be resumed"
	cw resume "$JOB" --json
	certified "$loop"
}

@test "a journal with one changed byte is called unreadable, and is neither resumed nor closed nor hidden" {
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_killed "$loop"
	remember "$(loop_file "$loop")"
	cp "$(journal)" "$SCRATCH/journal"
	for offset in 100 $(($(stat -c %s "$(journal)") / 2)) $(($(stat -c %s "$(journal)") - 20)); do
		cp "$SCRATCH/journal" "$(journal)"
		flip "$(journal)" "$offset"
		stands unreadable "journal"
		fails 10 invalid resume "$JOB"
		fails 10 invalid resume "$JOB" --close --reason "It is broken."
	done
}

@test "a journal without a whole line is of a job that never began, and stands in nobody's way" {
	mkdir -p "$STATE/journals"
	: >"$STATE/journals/20260101-000000-00000000.jsonl"
	printf '{"at":"2026-01-01T00:00:00Z","event":"job"' >"$STATE/journals/20260101-000001-00000000.jsonl"
	no_job_is_left
	fails 4 not-found resume
}

@test "no job by that name: 4; nothing said about why: 2" {
	for name in 1 ../../etc/passwd "$(printf '\033]0;x\a')" "$(head -c 5000 /dev/zero | tr '\0' j)" 20260101-000000-00000000; do
		fails 4 not-found resume "$name"
		fails 4 not-found stop "$name"
		[[ $output != *$'\033'* && $stderr != *$'\033'* ]]
	done
	fails 4 not-found resume
	fails 2 usage resume 20260101-000000-00000000 --close
	fails 2 usage resume --close --reason "None is named."
	fails 2 usage stop
	fails 2 usage resume 1 2
}

@test "whatever cannot be done to a job, the next step is named" {
	names_a_step() {
		cw "$@" --json
		json '.error.hint | length > 0'
	}
	names_a_step resume
	names_a_step resume 1
	names_a_step stop 1
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_killed "$loop"
	cp "$(journal)" "$SCRATCH/journal"
	flip "$(journal)" 100
	names_a_step resume "$JOB"
	cp "$SCRATCH/journal" "$(journal)"
	cw resume "$JOB" --close --reason "Enough." --json
	names_a_step resume "$JOB"
	names_a_step resume "$JOB" --close --reason "Again."
	names_a_step stop "$JOB"
}
