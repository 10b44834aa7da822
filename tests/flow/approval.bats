#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runs beside others
# Approval and withdrawal of documents: who may decide, what is read until then, and attempts to get around it.
# shellcheck disable=SC2154 # run sets output, stderr and status
load helpers
load destroying

OWN="a long sentence of one's own"

setup() {
	flow_setup
	state_new
	mkdir -p "$STATE/policy"
	sed -e "s/^id = .*/id = approved/" -e "s/^labels = .*/&\napproval = yes/" "$ROOT/share/policy/lab.policy" >"$STATE/policy/approved.policy"
	sed -e "s/^id = .*/id = signed/" -e "s/^labels = .*/&\napproval = yes\nsigners = station operator/" "$ROOT/share/policy/lab.policy" >"$STATE/policy/signed.policy"
	cd "$SCRATCH" || return
}

person() {
	run --separate-stderr "$CERTWIPE_BIN" key create --person "$1" --id "$2" --out "$3" --json --state "$STATE" --passphrase-fd 3 3< <(printf '%s\n%s\n' "$PASSPHRASE" "$OWN") </dev/null
	show_last
}

# document POLICY [OPTION...]: sets DOC and NUMBER.
document() {
	local loop
	loop=$(loop_new 4M)
	cw wipe --policy "$1" --authorise "$(list_of "$loop")" --json "${@:2}" "$loop"
	exits 0
	DOC=$(certificate_of 0)
	NUMBER=$(basename "$DOC")
}

# keyed KEY COMMAND...: with that key, as another account than the operator's (who is root here).
keyed() {
	SUDO_UID=1000 SUDO_GID=1000 run --separate-stderr "$CERTWIPE_BIN" "${@:2}" --key "$1" --json --state "$STATE" --passphrase-fd 3 3<<<"$OWN" </dev/null
	show_last
}

approver() {
	person "林主任" "E-2001" approver.pem
	exits 0
	chmod 644 approver.pem
}

# A stick that the county wants wiped, destroyed and approved is wiped: sets job, DOC and NUMBER.
wiped_for_the_county() {
	approver
	sed -e "s/^id = .*/id = county/" -e "s/^virtual-media = no/virtual-media = yes/" -e "s/^mandatory = .*/mandatory =/" -e "s/^labels = .*/&\napproval = yes/" \
		"$ROOT/share/policy/tw-county.policy" >"$STATE/policy/county.policy"
	document county
	job=$(value '.results[0].jobId')
}

@test "until somebody else has approved it, a document reads: do not release" {
	approver
	document approved
	lab_verify "$DOC"
	exits 7
	json '.items[0].finding == "valid-with-remarks" and .items[0].decision == "awaiting"'
	[[ $output == *"do not release"* ]]
	cw certificate show "$NUMBER"
	[[ $output == *"awaiting validation: do not release"* ]]
	before=$(sha256sum "$DOC"/evidence.* "$DOC/journal.jsonl")
	keyed approver.pem approve "$NUMBER" --decision approved --reason "Checked against the disposal list."
	exits 0
	lab_verify "$DOC"
	exits 0
	json '.items[0].decision == "approved"'
	[ "$(sha256sum "$DOC"/evidence.* "$DOC/journal.jsonl")" = "$before" ]
	cw certificate show "$NUMBER" --json
	json '.decision == "approved"'
	cw certificate print "$NUMBER" --format html --out page.html
	exits 0
	grep -q "核可" page.html
	cw register list --json
	json '[.answer[].kind] == ["started", "certificate", "approved"]'
	cw register check
	exits 0
	openssl cms -verify -binary -cades -no-CApath -no-CAstore -auth_level 2 -inform DER -in "$DOC/approval.json.p7s" -content "$DOC/approval.json" -CAfile "$STATE/keys/root.pem" -out /dev/null
}

@test "one statement approves many, and an export of each carries it" {
	approver
	numbers=()
	for _ in 1 2 3; do
		document approved
		numbers+=("$NUMBER")
	done
	keyed approver.pem approve "${numbers[@]}" --decision approved --reason "Batch of the month."
	exits 0
	lab_verify "$STATE/certificates"
	exits 0
	json '[.items[] | .finding] == ["valid", "valid", "valid"]'
	cw certificate export "$NUMBER"
	exits 0
	lab_verify "$NUMBER"
	exits 0
	json '.items[0].decision == "approved"'
	cw audit --lab
	exits 0
	cw register export "$SCRATCH/export"
	exits 0
	lab_verify "$SCRATCH/export" "$DOC"
	exits 0
	keyed approver.pem approve "$NUMBER" --decision rejected --reason "Second thoughts."
	exits 2
}

@test "a case is closed by the approval that its policy wants, not by the certificate" {
	approver
	document approved
	cw case list --open --json
	json '.answer | length == 1 and .[0].awaits == "approval"'
	cw audit --lab --json
	exits 7
	json '[.findings[].kind] == ["approval-missing"]'
	keyed approver.pem approve "$NUMBER" --decision approved --reason "Good."
	exits 0
	cw case list --json
	json '.answer | length == 1 and .[0].state == "closed"'
	document approved
	keyed approver.pem approve "$NUMBER" --decision rejected --reason "Another medium was on the list."
	exits 0
	cw case list --open --json
	json '.answer | length == 1 and .[0].awaits == "wipe-or-destruction" and (.[0].why | contains("rejected"))'
}

@test "a destruction, too, and its operator cannot approve it with his own key" {
	sed -e "s/^id = .*/id = watched/" -e "s/^labels = .*/&\napproval = yes/" "$ROOT/share/policy/default.policy" >"$STATE/policy/watched.policy"
	approver
	person "王小明" "E-3001" own.pem
	chmod 644 own.pem
	by_hand method=melt "[medium]" kind=USB_STICK -- --policy watched
	exits 8
	confirmed name=李四 method=melt count=1
	exits 0
	json '.results[0].awaitsApproval'
	cw case list --open --json
	json '.answer | length == 1 and .[0].awaits == "approval"'
	keyed own.pem approve "$(basename "$DOC")" --decision approved --reason "Myself."
	exits 3
	keyed approver.pem approve "$(basename "$DOC")" --decision approved --reason "Seen."
	exits 0
	cw case list --open --json
	json '.answer | length == 0'
}

@test "a wipe whose certificate was rejected lends its level to no destruction" {
	wiped_for_the_county
	node=$(value '.results[0].node')
	keyed approver.pem approve "$NUMBER" --decision rejected --reason "Another medium was on the list."
	exits 0
	for medium in "--job $job" "$node"; do
		# shellcheck disable=SC2086 # an option and its argument
		cw destroy $medium --record "$(record "started=$(now)" "ended=$(now)")" --quiet
		exits 3
		[[ $stderr = *"rejected or declared void"* ]]
	done
	cw destroy "$node" --policy county --job new --later --json
	exits 0
	json '.wipedBefore | not'
}

@test "a wipe whose certificate was rejected while its destruction waited for the witness lends no level either" {
	wiped_for_the_county
	cw destroy --job "$job" --record "$(record "started=$(now)" "ended=$(now)")" --quiet
	exits 8
	keyed approver.pem approve "$NUMBER" --decision rejected --reason "Another medium was on the list."
	exits 0
	cw destroy --confirm "$job" name=李四 method=shred count=1 --json
	exits 3
	[[ $stderr = *"rejected or declared void"* ]]
	cw destroy --job "$job" --record "$(record "started=$(now)" "ended=$(now)")" --quiet
	exits 3
	[[ $stderr = *"rejected or declared void"* ]]
	cw register list --json
	json '[.answer[].kind] == ["started", "certificate", "rejected"]'
}

@test "a wipe whose certificate was rejected between the witness's word and the signature lends no level either" {
	wiped_for_the_county
	cw destroy --job "$job" --record "$(record "started=$(now)" "ended=$(now)")" --quiet
	exits 8
	mv "$STATE/keys/station.key" station.key
	cw destroy --confirm "$job" name=李四 method=shred count=1 --json
	[ "$status" != 0 ]
	mv station.key "$STATE/keys/station.key"
	grep -rq '"event":"witnessed"' "$STATE" --include="*$job*"
	keyed approver.pem approve "$NUMBER" --decision rejected --reason "Another medium was on the list."
	exits 0
	cw resume "$job" --json
	exits 3
	[[ $stderr = *"rejected or declared void"* ]]
	cw register list --json
	json '[.answer[].kind] == ["started", "certificate", "rejected"]'
}

@test "a rejected document, a void one and a superseded one are no proof" {
	approver
	document approved
	keyed approver.pem approve "$NUMBER" --decision rejected --reason "Another medium was on the list."
	exits 0
	lab_verify "$DOC"
	exits 7
	json '.items[0].decision == "rejected" and (.items[0].reason | contains("Another medium"))'
	document approved
	keyed approver.pem approve "$NUMBER" --decision approved --reason "Good."
	exits 0
	keyed approver.pem certificate void "$NUMBER" --reason "The wrong label was on it."
	exits 0
	lab_verify "$DOC"
	exits 7
	[[ $output == *"declared void"* ]]
	first=$NUMBER first_doc=$DOC
	document approved
	keyed approver.pem certificate supersede "$first" --by "$NUMBER" --reason "Wiped again."
	exits 2 # it is void already
	old=$NUMBER old_doc=$DOC
	document approved
	keyed approver.pem certificate supersede "$old" --by "$NUMBER" --reason "Wiped again."
	exits 0
	lab_verify "$old_doc"
	exits 7
	[[ $output == *"superseded"* ]]
	cw register check
	exits 0
	[ -n "$first_doc" ]
}

@test "the operator does not approve: by person where he is named, by account where he is not" {
	approver
	document approved
	run --separate-stderr "$CERTWIPE_BIN" approve "$NUMBER" --decision approved --reason "Myself." --key approver.pem --json --state "$STATE" --passphrase-fd 3 3<<<"$OWN" </dev/null
	exits 3
	[[ $output == *"the same account"* ]]
	person "王大明" "E-1001" operator.pem
	person "王大明" "e-1001" second.pem
	chmod 644 operator.pem second.pem
	document signed --operator operator.pem
	keyed approver.pem approve "$NUMBER" --decision approved --reason "Too early."
	exits 3
	keyed operator.pem sign "$NUMBER" --role operator
	exits 0
	keyed operator.pem approve "$NUMBER" --decision approved --reason "Myself."
	exits 3
	keyed second.pem approve "$NUMBER" --decision approved --reason "With my other card."
	exits 3
	[[ $output == *"is the operator"* ]]
	keyed approver.pem approve "$NUMBER" --decision approved --reason "Checked."
	exits 0
	lab_verify "$DOC"
	exits 0
}

@test "attack: an approval over a changed document, of another document, changed, or by another authority" {
	approver
	document approved
	keyed approver.pem approve "$NUMBER" --decision approved --reason "Good."
	exits 0
	first=$DOC
	document approved
	cp "$first"/approval.* "$DOC"
	lab_verify "$DOC"
	exits 10
	json '[.items[0].checks[] | select(.passed | not) | .name] == ["validation"]'
	rm "$DOC"/approval.*
	cp -r "$first" changed
	sed -i 's/Good/Fine/' changed/approval.json
	lab_verify changed
	exits 10
	cp "$first/approval.json" changed/approval.json
	rm changed/approval.tlog-proof
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout evil.key -out evil.pem -days 30 -subj "/O=Example County/CN=林主任/serialNumber=E-2001" -utf8 \
		-addext "keyUsage=critical,digitalSignature,nonRepudiation" -addext "extendedKeyUsage=emailProtection,1.3.6.1.5.5.7.3.36" -addext "basicConstraints=critical,CA:FALSE" 2>/dev/null
	openssl cms -sign -binary -cades -md sha256 -nosmimecap -in changed/approval.json -signer evil.pem -inkey evil.key -outform DER -out changed/approval.json.p7s
	lab_verify changed
	exits 10
	cp "$first/approval.json.p7s" changed/approval.json.p7s
	lab_verify changed
	exits 0
	sed -i 's/"laboratory":true/"laboratory":false/' changed/evidence.json
	lab_verify changed
	exits 10
	rm changed/approval.json.p7s
	cp "$first/evidence.json" changed/evidence.json
	lab_verify changed
	exits 10
}

@test "attack: a statement that is taken away, or by the operator himself, is found in the register" {
	approver
	document approved
	keyed approver.pem approve "$NUMBER" --decision approved --reason "Good."
	exits 0
	mv "$DOC/approval.json" away
	cw register check --json
	exits 10
	lab_verify "$DOC"
	exits 7
	json '.items[0].finding == "cannot-tell" and (.items[0].reason | contains("approval.json"))'
	mv away "$DOC/approval.json"
	cw register check
	exits 0
}
