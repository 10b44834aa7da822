# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# runs beside others
# The order of things: proofs beside documents, checkpoints, exports, audits, and what each of them gives away when somebody tampers with the register.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers
load jobs

MIB=1048576

# one_more [OPTION...]: another medium wiped in the same state; DOC is its document.
one_more() {
	wipe_listed "$(loop_new $MIB)" "$@" --json
	exits 0
	DOC=$(certificate_of 0)
}

# checkpoint_to FILE
checkpoint_to() {
	cw register checkpoint
	exits 0
	printf '%s\n' "$output" >"$1"
}

# finds KIND TEXT: the last answer of `audit --json` or `register check --json` has such a finding.
finds() {
	# shellcheck disable=SC2016
	json '[(.findings // .answer)[] | select(.kind == $kind) | .what] | any(contains($text))' --arg kind "$1" --arg text "$2"
}

# as_stranger ARG...: certwipe as somebody without any right, and without a state directory; $SCRATCH is readable for all.
as_stranger() {
	run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$STRANGERS/certwipe" "$@" --state "$STRANGERS/none" </dev/null
	show_last
}

# become_stranger: copies what an auditor carries away to $STRANGERS: root.pem, and what is named.
become_stranger() {
	STRANGERS=$(public_folder)
	cp "$CERTWIPE_BIN" "$STATE/keys/root.pem" "$STRANGERS/"
	cp -r "$@" "$STRANGERS/"
	chmod -R a+rX "$STRANGERS"
}

# with_clock SHIFT_S ARG...: certwipe whose clock is wrong by so many seconds.
with_clock() {
	# shellcheck disable=SC2097,SC2098
	LD_PRELOAD="$(dirname "$CERTWIPE_BIN")/clock.so" CLOCK_SHIFT_S=$1 ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
		run --separate-stderr "$CERTWIPE_BIN" "${@:2}" --state "$STATE" </dev/null
	show_last
}

in_register() {
	sqlite3 "$STATE/register.db" "$1"
}

# ---- proofs ----

@test "a proof lies beside each document, goes along with it, and holds by the manual alone" {
	lab_certificate "$(loop_new $MIB)"
	first=$DOC
	one_more
	[ "$("$BATS_TEST_DIRNAME/proof.py" "$first")" = "1 2" ]
	[ "$("$BATS_TEST_DIRNAME/proof.py" "$DOC")" = "3 4" ]
	lab_verify "$first" "$DOC"
	exits 0
	json '[.items[].order | [.proven, .index, .size]] == [[true, 1, 2], [true, 3, 4]]'
	cd "$SCRATCH"
	cw certificate export "$(basename "$DOC")"
	exits 0
	cmp "$DOC/evidence.tlog-proof" "$(basename "$DOC")/evidence.tlog-proof"
	cw verify --lab --trust "$STATE/keys/root.pem" "$(basename "$DOC")"
	exits 0
	[[ $output = *"Entry 3"* ]]
}

@test "reports have a proof too, and what was refused stands in the register" {
	state_new
	cw wipe "$(loop_new $MIB)" --policy lab --json --quiet
	exits 8
	DOC=$(certificate_of)
	"$BATS_TEST_DIRNAME/proof.py" "$DOC"
	cw register list --json
	json '[.answer[].kind] == ["report"]'
	lab_verify
	exits 7
	json '.items[0].order.proven'
}

@test "a document without its proof verifies as before; one with a wrong proof is invalid" {
	lab_certificate "$(loop_new $MIB)"
	mv "$DOC/evidence.tlog-proof" "$SCRATCH/proof"
	lab_verify
	exits 0
	json '.items[0].order.proven == false'
	sed 's/^index 1$/index 0/' "$SCRATCH/proof" >"$DOC/evidence.tlog-proof"
	lab_verify
	exits 10
	first=$DOC
	one_more
	cp "$DOC/evidence.tlog-proof" "$first/"
	lab_verify "$first" "$DOC"
	exits 10
	json '[.items[].exit] == [10, 0]'
}

# What a crash between the entry and the proof leaves behind: the journal has no attested line yet.
@test "a proof that a crash cut off is made good: by resume, by the next wipe, by register check" {
	lab_certificate "$(loop_new $MIB)"
	job=$(jq -r .jobId "$DOC/evidence.json")
	journal=$STATE/journals/$job.jsonl
	rm "$DOC/evidence.tlog-proof"
	sed -i '/"event":"attested"/d' "$journal"
	cw resume "$job" --json
	exits 0
	[ "$(certificate_of)" = "$DOC" ]
	[ "$("$BATS_TEST_DIRNAME/proof.py" "$DOC")" = "1 2" ]
	tail -n 1 "$journal" | grep -q '"event":"attested"'
	rm "$DOC/evidence.tlog-proof"
	first=$DOC
	one_more
	"$BATS_TEST_DIRNAME/proof.py" "$first"
	rm "$first/evidence.tlog-proof" "$DOC/evidence.tlog-proof"
	cw register check
	exits 0
	[ "$("$BATS_TEST_DIRNAME/proof.py" "$first")" = "1 4" ]
	[ "$("$BATS_TEST_DIRNAME/proof.py" "$DOC")" = "3 4" ]
}

@test "a state directory of an earlier version gets key and tree with the next wipe; what was issued stays valid" {
	lab_certificate "$(loop_new $MIB)"
	first=$DOC
	rm "$STATE"/keys/note.* "$DOC/evidence.tlog-proof"
	in_register "DROP TABLE nodes; DELETE FROM meta WHERE key = 'head'; PRAGMA user_version = 1"
	one_more
	"$BATS_TEST_DIRNAME/proof.py" "$DOC"
	[ "$(in_register "PRAGMA user_version")" = 2 ]
	[ "$(stat -c %a "$STATE/keys/note.key")" = 600 ]
	lab_verify "$first" "$DOC"
	exits 0
	cw register check --json
	finds key-changed "another key"
}

# ---- checkpoints ----

@test "register checkpoint prints the note and nothing else, and key show the key that signs it" {
	lab_certificate "$(loop_new $MIB)"
	checkpoint_to "$SCRATCH/note"
	[ "$(sed -n 2p "$SCRATCH/note")" = 2 ]
	[ "$(wc -l <"$SCRATCH/note")" = 5 ]
	cmp "$SCRATCH/note" <(sed '1,/^$/d' "$DOC/evidence.tlog-proof")
	cw register checkpoint --json
	json '.schema == "certwipe/register-checkpoint/1" and .checkpoint.size == 2'
	[ "$(value .answer.note)" = "$(cat "$SCRATCH/note")" ]
	vkey=$(value .answer.noteKey)
	cw key show --json
	[ "$(value .noteKey)" = "$vkey" ]
	[[ $vkey = "Example%20County/bench+"* ]]
}

@test "audit --since-checkpoint: saved or typed, of this register and no other" {
	lab_certificate "$(loop_new $MIB)"
	checkpoint_to "$SCRATCH/note"
	one_more
	cw audit --since-checkpoint "$SCRATCH/note" --lab
	exits 0
	[[ $output = *"Nothing before the checkpoint of 2 entries was changed."* ]]
	{ echo; sed -n '1,3s/$/  /p' "$SCRATCH/note"; } | sed 's/^/ /' >"$SCRATCH/typed"
	cw audit --since-checkpoint "$SCRATCH/typed" --json
	exits 0
	json '.sinceCheckpoint.signed == false and .from == 2'
	sed 's/^ 2 *$/ 3/' "$SCRATCH/typed" >"$SCRATCH/wrong"
	cw audit --since-checkpoint "$SCRATCH/wrong" --json
	exits 10
	finds broken "not the one of the checkpoint"
	sed '2s/2/3/' "$SCRATCH/note" >"$SCRATCH/wrong"
	cw audit --since-checkpoint "$SCRATCH/wrong" --json
	exits 10
	finds broken "signature"
	sed 's/bench/bank/' "$SCRATCH/typed" >"$SCRATCH/wrong"
	cw audit --since-checkpoint "$SCRATCH/wrong" --json
	exits 10
	finds broken "is of the register"
	for file in "$ROOT/README.md" "$SCRATCH/nothing" /dev/null; do
		cw audit --since-checkpoint "$file" --json
		exits 2
	done
}

# ---- exports ----

@test "register export: verified and audited elsewhere, by somebody without rights and state, and by the manual alone" {
	lab_certificate "$(loop_new $MIB)"
	first=$DOC
	checkpoint_to "$SCRATCH/note"
	one_more
	cw register export "$SCRATCH/export" --json
	exits 0
	json '.entries == 4 and .documents == 2'
	"$BATS_TEST_DIRNAME/proof.py" "$first" "$SCRATCH/export"
	become_stranger "$SCRATCH/export" "$SCRATCH/note" "$first"
	as_stranger verify "$STRANGERS/export" "$STRANGERS/$(basename "$first")" --trust "$STRANGERS/root.pem" --lab --json
	exits 0
	json '[.items[].finding] == ["valid", "valid"] and .items[0].type == "register-export" and .items[0].checkpoint.size == 4'
	as_stranger verify "$STRANGERS/export/export.json" --trust "$STRANGERS/root.pem"
	exits 0
	as_stranger audit "$STRANGERS/export" --since-checkpoint "$STRANGERS/note" --trust "$STRANGERS/root.pem" --json
	exits 0
	json '.from == 2 and .sinceCheckpoint.signed'
	as_stranger audit "$STRANGERS/export" --since-checkpoint "$STRANGERS/note" --json
	exits 7
	finds not-trusted "root"
	cw register export "$SCRATCH/export"
	exits 2
}

@test "an export with anything changed, taken out or exchanged is invalid" {
	lab_certificate "$(loop_new $MIB)"
	one_more
	cw register export "$SCRATCH/export"
	exits 0
	broken() {
		cw verify "$SCRATCH/changed" --trust "$STATE/keys/root.pem" --json
		exits 10
		cw audit "$SCRATCH/changed" --trust "$STATE/keys/root.pem" --json
		exits 10
		rm -r "$SCRATCH/changed"
	}
	for edit in 's/"level":"clear"/"level":"purge"/' 2d '$d' 's/"index":0/"index":00/' '1{h;d};2{G}'; do
		cp -r "$SCRATCH/export" "$SCRATCH/changed"
		sed -i "$edit" "$SCRATCH/changed/leaves.jsonl"
		! cmp -s "$SCRATCH/changed/leaves.jsonl" "$SCRATCH/export/leaves.jsonl"
		broken
	done
	for name in export.json export.json.p7s checkpoint leaves.jsonl subjects.jsonl; do
		cp -r "$SCRATCH/export" "$SCRATCH/changed"
		flip "$SCRATCH/changed/$name" 60
		broken
	done
	for name in export.json.p7s checkpoint leaves.jsonl; do
		cp -r "$SCRATCH/export" "$SCRATCH/changed"
		rm "$SCRATCH/changed/$name"
		broken
	done
	cp -r "$SCRATCH/export" "$SCRATCH/changed"
	rm "$SCRATCH/changed/subjects.jsonl" # whoever shall not learn the serial numbers
	cw verify "$SCRATCH/changed" --trust "$STATE/keys/root.pem"
	exits 0
	cw audit "$SCRATCH/changed" --trust "$STATE/keys/root.pem" --assets "$(list_of "$(loop_new $MIB)")" --json
	exits 7
}

# ---- what an auditor asks ----

@test "audit --assets: every retired asset, its certificate, and the gaps" {
	loop=$(loop_new $MIB)
	other=$(loop_new $MIB)
	lab_certificate "$loop"
	cw register export "$SCRATCH/export"
	list=$(list_of "$loop" "$other")
	cw audit --assets "$list" --lab --json
	exits 7
	json '[.findings[].kind] == ["asset-without-certificate"] and .assets == 2'
	finds asset-without-certificate "$(loop_file "$other")"
	cw audit "$SCRATCH/export" --assets "$list" --lab --trust "$STATE/keys/root.pem" --json
	exits 7
	json '[.findings[].kind] == ["asset-without-certificate"]'
	cw audit --assets "$list" --json # laboratory documents retire nothing
	exits 7
	json '.findings | length == 2'
	wipe_listed "$other" --json
	exits 0
	cw audit --assets "$list" --lab
	exits 0
	[[ $output = *"No findings."* ]]
	printf 'asset_tag,owner\n,somebody\n' >"$list"
	cw audit --assets "$list" --json
	exits 2
}

@test "audit: a start without an end, and a failure that was neither mended nor destroyed" {
	state_new
	wipe_frozen "$(loop_sparse $FROZEN_SIZE)"
	cw audit --json
	exits 7
	json '[.findings[].kind] == ["start-without-end"] and .findings[0].index == 0'
	cw register export "$SCRATCH/export"
	exits 0
	cw audit "$SCRATCH/export" --trust "$STATE/keys/root.pem" --json
	exits 7
	json '[.findings[].kind] == ["start-without-end"]'
	cw stop "$JOB"
	thaw
	wait_front
	exits 130
	cw audit --lab --json
	exits 7
	json '[.findings[].kind] == ["failure-without-destruction"]'
	cw audit --lab --since 2099-01-01 --json
	exits 0
	json '.from == 2'
	cw audit --since tomorrow --json
	exits 2
	cw resume "$JOB" --json
	exits 0
	cw audit --lab
	exits 0
}

# ---- attacks: whoever has the station in his hands, and what gives him away ----

@test "attack: the register is set back to an older one" {
	lab_certificate "$(loop_new $MIB)"
	cp -a "$STATE/register.db" "$SCRATCH/old.db"
	one_more
	second=$DOC
	cp -r "$second" "$SCRATCH/second"
	checkpoint_to "$SCRATCH/note"
	cp -a "$SCRATCH/old.db" "$STATE/register.db"
	cw register check --json
	exits 10
	finds broken "the register does not have"
	cw audit --since-checkpoint "$SCRATCH/note" --json
	exits 10
	finds broken "set back"
	# Going on from there makes two documents of one number in one place of the register: both are out in the world.
	one_more
	lab_verify "$SCRATCH/second" "$DOC"
	exits 10
	json '[.items[].exit] == [10, 10]'
	cw register export "$SCRATCH/export"
	lab_verify "$SCRATCH/export" "$SCRATCH/second"
	exits 10
	json '.items[0].exit == 0 and (.items[1].reason | contains("contradicts"))'
}

@test "attack: two registers from one backup" {
	lab_certificate "$(loop_new $MIB)"
	cp -a "$STATE" "$SCRATCH/fork"
	one_more
	ours=$DOC
	checkpoint_to "$SCRATCH/ours"
	own=$STATE
	STATE=$SCRATCH/fork
	one_more
	theirs=$DOC
	checkpoint_to "$SCRATCH/theirs"
	cw register check # by itself each looks whole
	exits 0
	cw audit --since-checkpoint "$SCRATCH/ours" --json
	exits 10
	finds broken "there are two registers"
	lab_verify "$ours" "$theirs"
	exits 10
	json '[.items[].reason] | all(contains("There are two registers"))'
	lab_verify "$theirs"
	exits 0
	STATE=$own
	cw audit --since-checkpoint "$SCRATCH/theirs" --json
	exits 10
	cw audit --since-checkpoint "$SCRATCH/ours" --lab
	exits 0
}

@test "attack: an entry is rewritten behind the guards" {
	lab_certificate "$(loop_new $MIB)"
	checkpoint_to "$SCRATCH/note"
	in_register "DROP TRIGGER entries_no_update; UPDATE entries SET at = '2020-01-01T00:00:00Z' WHERE idx = 0"
	cw register check --json
	exits 10
	finds broken "leaf hash"
	cw audit --since-checkpoint "$SCRATCH/note" --json
	exits 10
	in_register "UPDATE entries SET leaf_sha256 = (SELECT leaf_sha256 FROM entries WHERE idx = 1) WHERE idx = 0"
	cw audit --since-checkpoint "$SCRATCH/note" --json
	exits 10
	finds broken "not the one of the checkpoint"
	cw register export "$SCRATCH/export" --json
	exits 10
}

@test "attack: a failure is taken out of register and archive, and the log made whole again" {
	state_new
	cw wipe "$(loop_new $MIB)" --policy lab --json --quiet # refused: a report
	DOC=$(certificate_of)
	checkpoint_to "$SCRATCH/note"
	rm -r "$DOC" "$STATE/register.db"
	rm -rf "$STATE/journals/"*
	rmdir "$STATE/certificates/"* # as if nothing had ever been
	one_more
	cw register check
	exits 0
	cw audit --lab
	exits 0
	cw audit --since-checkpoint "$SCRATCH/note" --json # but the paper remembers
	exits 10
}

@test "attack: a document is deleted, or exchanged for another with its proof" {
	lab_certificate "$(loop_new $MIB)"
	first=$DOC
	one_more
	mv "$first" "$SCRATCH/taken"
	for command in "register check" audit; do
		# shellcheck disable=SC2086
		cw $command --json
		exits 10
		finds broken "cannot be opened"
	done
	cp -a "$DOC" "$first"
	cw register check --json
	exits 10
	finds broken "was changed"
}

@test "attack: the clock is set back for one certificate" {
	with_clock -5184000 key create --organisation "Example County" --unit "Ethics Office" --station bench --years 1 --passphrase-fd 3 3<<<"$PASSPHRASE"
	exits 0
	wipe_listed "$(loop_new $MIB)" --json
	exits 0
	loop=$(loop_new $MIB)
	with_clock -2592000 wipe "$loop" --policy lab --authorise "$(list_of "$loop")" --json
	exits 0
	DOC=$(certificate_of)
	lab_verify # what it says of its register is older than it claims to be; by itself nothing is wrong with it
	exits 0
	one_more
	cw audit --lab --json
	exits 7
	json '[.findings[] | select(.kind == "clock-went-back")] | length == 2'
	cw register export "$SCRATCH/export"
	cw audit "$SCRATCH/export" --lab --trust "$STATE/keys/root.pem" --since "$(date -u +%F)" --json
	exits 7
	finds clock-went-back "earlier than that of an entry before it"
}
