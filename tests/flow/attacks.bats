#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# runs beside others
# Who would deceive with documents, what he does, and who notices.  build/attacks.md is the table of it, with the sentence that gave him away.  More ways to tamper with the register, with
# signatures and with approvals are in order.bats, signers.bats and approval.bats; tests/page holds the page for browsers against the same verifier.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers

OWN="a long sentence of one's own"
MIB=1048576
TABLE=$ROOT/build/attacks.md

# One station for all: a certificate that three signed, two of the station alone, and the checkpoint of that day, which somebody else holds.
setup_file() {
	flow_setup
	export HOUSE=$SCRATCH
	state_new
	mkdir -p "$STATE/policy"
	sed -e "s/^id = .*/id = signed/" -e "s/^labels = .*/&\nsigners = station operator witness/" "$ROOT/share/policy/lab.policy" >"$STATE/policy/signed.policy"
	person "王大明" E-1001 "$HOUSE/operator.pem"
	person "陳怡君" E-1002 "$HOUSE/witness.pem"
	person "林主任" E-2001 "$HOUSE/approver.pem"
	chmod 644 "$HOUSE/approver.pem"
	local loop
	loop=$(loop_new $MIB)
	cw wipe --policy signed --authorise "$(list_of "$loop")" --operator "$HOUSE/operator.pem" --witness "$HOUSE/witness.pem" --json "$loop"
	exits 0
	DOC=$(certificate_of)
	cp -r "$DOC" "$HOUSE/unsigned"
	sign_as operator "$DOC"
	cp -r "$DOC" "$HOUSE/half"
	sign_as witness "$DOC"
	cw certificate print "$(basename "$DOC")" --out "$HOUSE/page.pdf"
	exits 0
	cp -r "$DOC" "$HOUSE/whole"
	rm "$HOUSE/whole"/*.pdf
	cw register checkpoint
	printf '%s\n' "$output" >"$HOUSE/checkpoint"
	printf '| attack | what was done | who notices | what it says | exit |\n|---|---|---|---|---|\n' >"$TABLE"
}

teardown_file() {
	SCRATCH=$HOUSE flow_teardown
}

setup() {
	flow_setup
	cp -a "$HOUSE/state" "$STATE"
	DOC=$SCRATCH/doc
	cp -r "$HOUSE/whole" "$DOC"
	cd "$SCRATCH" || return
}

person() {
	run --separate-stderr "$CERTWIPE_BIN" key create --person "$1" --id "$2" --out "$3" --state "$STATE" --passphrase-fd 3 3< <(printf '%s\n%s\n' "$PASSPHRASE" "$OWN") </dev/null
	exits 0
}

sign_as() {
	run --separate-stderr "$CERTWIPE_BIN" sign "$(basename "$2")" --role "$1" --key "$HOUSE/$1.pem" --state "$STATE" --passphrase-fd 3 3<<<"$OWN" </dev/null
	exits 0
}

# As another account than the operator's, who is root here.
approver() {
	SUDO_UID=1000 SUDO_GID=1000 run --separate-stderr "$CERTWIPE_BIN" "$@" --key "$HOUSE/approver.pem" --json --state "$STATE" --passphrase-fd 3 3<<<"$OWN" </dev/null
	show_last
}

one_more() {
	wipe_listed "$(loop_new $MIB)" "$@" --json
	exits 0
	LAST=$(certificate_of 0)
}

# noticed ATTACK DEED WHO EXIT WORDS: the last command ended so, and one of its sentences has these words; a row of the table.
noticed() {
	local sentence
	exits "$4"
	# shellcheck disable=SC2016
	sentence=$(jq -r --arg words "$5" '[.. | objects | .reason?, .message?, .what?, .why? | strings | select(contains($words))][0] // ""' <<<"$output")
	[ -n "$sentence" ] || { echo "nothing says: $5"; return 1; }
	printf '| %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "${sentence//|/\\|}" "$4" >>"$TABLE"
}

# What a stock tool says of it: WORDS stand in what it printed.
stock() {
	[[ $output == *"$5"* ]] || { echo "it does not say: $5"; return 1; }
	printf '| %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "$5" "$4" >>"$TABLE"
}

# a_root FILE [NAME]: another authority, which calls itself as ours does, with a key FILE.key; leaf_of FILE NAME OUT: a certificate for persons under it.
a_root() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "${2:-/O=Example County/CN=certwipe root}" -addext "keyUsage=critical,keyCertSign" 2>/dev/null
}

leaf_of() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$3.key" -out "$3.csr" -subj "$2" -utf8 2>/dev/null
	openssl x509 -req -in "$3.csr" -CA "$1.pem" -CAkey "$1.key" -days 20 -out "$3.pem" 2>/dev/null \
		-extfile <(printf 'keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=emailProtection,1.3.6.1.5.5.7.3.36\nbasicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid')
}

# sign_all FILE KEY: one CAdES signature of that file, as a stock tool makes it.
sign_all() {
	openssl cms -sign -binary -cades -md sha256 -nosmimecap -in "$1" -signer "$2.pem" -inkey "$2.key" -outform DER -out "$1.p7s"
}

in_register() {
	sqlite3 "$STATE/register.db" "$1"
}

@test "nothing was done, and all is well" {
	lab_verify
	exits 0
	cw register check
	exits 0
	cw audit --lab --since-checkpoint "$HOUSE/checkpoint"
	exits 0
}

# ---- a dishonest operator ----

@test "result, serial number or name of the operator edited afterwards" {
	local deed edit
	while read -r deed edit; do
		cp "$HOUSE/whole/evidence.json" "$DOC/evidence.json"
		sed -i "$edit" "$DOC/evidence.json"
		run ! cmp -s "$HOUSE/whole/evidence.json" "$DOC/evidence.json"
		lab_verify
		noticed "edited" "$deed changed in evidence.json" verify 10 "was changed"
	done <<-'END'
		level s/"level":"clear"/"level":"purge"/
		serial s/"serial":"[^"]*"/"serial":"SN-1"/
		operator s/王大明/李小華/
	END
}

@test "a witness who never was there is named" {
	cp "$HOUSE/half"/* "$DOC/"
	lab_verify
	noticed "signs alone" "the document names a witness, and only station and operator have signed it" verify 7 "witness"
	json '.items[0].awaits == "witness"'
	cp "$HOUSE/half/evidence.json.p7s" "$STATE"/certificates/*/*/
	cw register check --json
	noticed "signs alone" "the same in the archive of the station, where the witness had signed" "register check" 10 "was changed"
}

@test "the witness's signature is taken away" {
	"$BATS_TEST_DIRNAME/cms.py" without "$DOC/evidence.json.p7s" "$HOUSE/witness.pem"
	run openssl cms -verify -binary -cades -no-CApath -no-CAstore -auth_level 2 -inform DER -in "$DOC/evidence.json.p7s" -content "$DOC/evidence.json" -CAfile "$STATE/keys/root.pem" -out /dev/null
	stock "removed witness" "one of three signatures cut out of the CMS" "nobody: stock openssl" "$status" "Verification successful"
	lab_verify
	noticed "removed witness" "one of three signatures cut out of the CMS" "verify, by the proof" 10 "p7sSha256"
	rm "$DOC/evidence.tlog-proof"
	lab_verify
	noticed "removed witness" "and the proof taken away, too" verify 7 "witness"
	cw register export export
	lab_verify "$DOC" export
	noticed "removed witness" "and an export of the register is at hand" "verify, by the export" 10 "taken away from this copy"
}

@test "a failure is hidden" {
	cw wipe "$(loop_new $MIB)" --policy lab --json --quiet # refused: a report
	local report
	report=$(certificate_of)
	cw register checkpoint
	printf '%s\n' "$output" >note
	cw register list --json
	json '[.answer[].kind] | index("report")'
	cp -a "$STATE/register.db" before.db
	rm -r "$report"
	cw audit --lab --json
	noticed "hidden failure" "the report deleted from the archive" "register check, audit" 10 "cannot be opened"
	cp -a "$HOUSE/state/register.db" "$STATE/register.db" # as if it had never been
	cw audit --lab --json
	exits 0
	cw audit --lab --since-checkpoint note --json
	noticed "hidden failure" "the report deleted, and the register set back to what it was before" "audit, by the checkpoint on paper" 10 "set back"
}

@test "one medium is wiped and the certificate shown for another" {
	local other
	other=$(loop_new $MIB)
	cw recheck "$other" --certificate "$DOC" --json
	noticed "medium exchanged" "the certificate of one medium is laid to another" recheck 4 "certificate"
}

@test "a wipe is invented, and signed with the key of a person" {
	leaf_of_house
	sed -i 's/"certificateId":"[^"]*"/"certificateId":"2026-000099"/' "$DOC/evidence.json"
	sign_all "$DOC/evidence.json" operator
	rm "$DOC/evidence.tlog-proof"
	lab_verify
	noticed "invented wipe" "evidence.json made up, and signed with the operator's own key under the right root" verify 10 "wants the signature"
}

leaf_of_house() {
	cp "$HOUSE/operator.pem" operator.pem
	openssl pkey -in "$HOUSE/operator.pem" -passin "pass:$OWN" -out operator.key
}

@test "the operator approves himself" {
	mkdir -p "$STATE/policy"
	sed -e "s/^id = .*/id = approved/" -e "s/^labels = .*/&\napproval = yes/" "$ROOT/share/policy/lab.policy" >"$STATE/policy/approved.policy"
	local loop number
	loop=$(loop_new $MIB)
	cw wipe --policy approved --authorise "$(list_of "$loop")" --json "$loop"
	exits 0
	number=$(basename "$(certificate_of)")
	run --separate-stderr "$CERTWIPE_BIN" approve "$number" --decision approved --reason "Myself." --key "$HOUSE/approver.pem" --json --state "$STATE" --passphrase-fd 3 3<<<"$OWN" </dev/null
	show_last
	noticed "approves himself" "the account that wiped brings the approval, with another person's card" approve 3 "same account"
}

@test "the operator approves himself behind the station's back" {
	leaf_of_house
	jq -cSj --arg at "$(date -u +%FT%TZ)" --arg json "$(sha256sum <"$DOC/evidence.json" | cut -d ' ' -f 1)" --arg p7s "$(sha256sum <"$DOC/evidence.json.p7s" | cut -d ' ' -f 1)" '{
		schema: "certwipe/statement/1", type: "destruction-approval", version: "1.0", uuid: "019368f1-7c3a-7bcd-8e01-23456789abcd", issuedAt: $at, decision: "approved",
		reason: "Checked.", by: {uid: 4242, name: "lin"}, signatories: [.signatories[] | select(.role == "operator") | .role = "approver"],
		register: {origin: .register.origin, previousSize: .register.previousSize, previousRoot: .register.previousRoot},
		documents: [{certificateId: .certificateId, jsonSha256: $json, p7sSha256: $p7s}]}' "$DOC/evidence.json" >"$DOC/approval.json"
	sign_all "$DOC/approval.json" operator
	lab_verify
	noticed "approves himself" "an approval made up beside the document, signed with the operator's key" verify 10 "is the operator of the document"
}

@test "a withdrawn certificate is shown as if nothing had been said" {
	approver certificate void "$(jq -r .certificateId "$DOC/evidence.json")" --reason "Another medium."
	exits 0
	lab_verify "$DOC"
	exits 0 # by itself nothing tells
	cw register export export
	lab_verify "$DOC" export
	noticed "withdrawal hidden" "the copy of a certificate from before it was declared void" "verify, by the export" 7 "declared void"
	lab_verify "$STATE/certificates" export
	exits 7
	json '[.items[] | select(.documentId != "") | .remarks | length] == [1]' # where the statement lies beside it, it is told once
	printf 'serial\n"%s"\n' "$(jq -r .medium.serial "$DOC/evidence.json")" >assets.csv
	cw audit export --assets assets.csv --lab --trust "$STATE/keys/root.pem" --json
	noticed "withdrawal hidden" "an asset whose only certificate was declared void counts as done" "audit, also of an export" 7 "no certificate any more"
}

# ---- a stolen station, a dishonest administrator ----

@test "the register is forked" {
	cp -a "$STATE" fork
	one_more
	cp -r "$LAST" ours
	cw register checkpoint
	printf '%s\n' "$output" >ours.note
	STATE=$SCRATCH/fork
	one_more
	lab_verify ours "$LAST"
	noticed "forked register" "a copy of the station goes on by itself; a document of each" verify 10 "There are two registers"
	cw audit --since-checkpoint ours.note --json
	noticed "forked register" "the copy is audited with a checkpoint of the other" "audit, by the checkpoint on paper" 10 "two registers"
	cw register export export
	lab_verify export ours
	noticed "another register shown" "the auditor is given an export of the copy, and holds a document of the other" "verify, by the export" 10 "contradicts"
}

@test "the register is rolled back, or rewritten" {
	one_more
	cw register checkpoint
	printf '%s\n' "$output" >note
	cp -a "$STATE" "$SCRATCH/good"
	cp -a "$HOUSE/state/register.db" "$STATE/register.db"
	cw register check --json
	noticed "rolled-back register" "register.db of yesterday put back" "register check" 10 "does not have"
	cw audit --since-checkpoint note --json
	noticed "rolled-back register" "register.db of yesterday put back" "audit, by the checkpoint on paper" 10 "set back"
	cp -a "$SCRATCH/good/register.db" "$STATE/register.db"
	in_register "DROP TRIGGER entries_no_delete; DELETE FROM entries WHERE idx = 1"
	cw register check --json
	noticed "entry deleted" "one row deleted behind the guards" "register check" 10 "entry"
	cp -a "$SCRATCH/good/register.db" "$STATE/register.db"
	in_register "DROP TRIGGER entries_no_update; UPDATE entries SET level = 'purge' WHERE idx = 1"
	cw register check --json
	noticed "entry rewritten" "the level of one row raised behind the guards" "register check" 10 "leaf hash"
}

@test "signed again by another authority" {
	a_root evil
	leaf_of evil "/O=Example County/OU=Ethics Office/CN=bench" fake
	sed -i 's/"level":"clear"/"level":"purge"/' "$DOC/evidence.json"
	sign_all "$DOC/evidence.json" fake
	rm "$DOC/evidence.tlog-proof"
	lab_verify
	noticed "re-signed by another CA" "evidence.json changed and signed under a root with the same name" "verify, by the pinned root" 10 "root"
	cp "$HOUSE/whole/evidence.json" "$DOC/"
	sign_all "$DOC/evidence.json" fake
	cat "$STATE/keys/root.pem" evil.pem >both.pem
	cw verify --lab --trust both.pem --json "$DOC"
	noticed "re-signed by another CA" "the same, and the auditor was talked into trusting the other root besides" "verify, by the named certificates" 10 "wants the signature"
}

# ---- a forger outside ----

@test "a page that only looks right" {
	pdftocairo -pdf "$HOUSE/page.pdf" drawn.pdf
	lab_verify drawn.pdf
	noticed "pretty PDF" "the page drawn again by another program, without what was attached" verify 10 "not built as certwipe"
}

# The page's content is replaced in an update behind its end, which PDF readers show.
shadow() {
	python3 - "$1" "$2" <<-'END'
		import re, sys
		pdf = open(sys.argv[1], "rb").read()
		page = next(m for m in re.finditer(rb"(\d+) 0 obj\n<</Length (\d+)/Filter/FlateDecode>>\nstream\n", pdf) if int(m[1]) > 20)
		root = re.search(rb"/Root (\d+) 0 R", pdf)[1]
		size = int(re.search(rb"/Size (\d+)", pdf)[1])
		at, before = len(pdf), int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[1])
		body = b"0 0 0 rg 0 0 600 850 re f"
		pdf += b"%s 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n" % (page[1], len(body), body)
		xref = len(pdf)
		pdf += b"xref\n%s 1\n%010d 00000 n \ntrailer\n<</Size %d/Root %s 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (page[1], at, size, root, before, xref)
		open(sys.argv[2], "wb").write(pdf)
	END
}

@test "the words of a sealed page are replaced, and the seal is left" {
	shadow "$HOUSE/page.pdf" shadow.pdf
	run pdfsig -nocert shadow.pdf
	show_last
	stock "shadow" "another page put over it in an update of the PDF" "hardly: pdfsig" "$status" "Signature is Valid."
	pdftotext shadow.pdf shadow.txt
	run ! grep -q "Certificate of Sanitization" shadow.txt # what a reader shows now is not what was sealed
	lab_verify shadow.pdf
	noticed "shadow" "another page put over it in an update of the PDF" verify 10 "Behind the end"
}

@test "a person's certificate from a public authority" {
	a_root public "/O=Mail for everybody"
	leaf_of public "/CN=王大明/serialNumber=E-1001" mail
	sign_all "$DOC/evidence.json" mail
	rm "$DOC/evidence.tlog-proof"
	mkdir store
	cp public.pem "store/$(openssl x509 -in public.pem -noout -subject_hash).0"
	SSL_CERT_DIR=$SCRATCH/store run openssl cms -verify -binary -cades -inform DER -in "$DOC/evidence.json.p7s" -content "$DOC/evidence.json" -CAfile "$STATE/keys/root.pem" -out /dev/null
	show_last
	stock "public CA" "signed with a mail certificate of an authority that this system trusts" "nobody: stock openssl, without -no-CApath" "$status" "Verification successful"
	lab_verify
	noticed "public CA" "signed with a mail certificate of an authority that this system trusts" "verify, by the pinned root" 10 "root"
}

# ---- clocks ----

with_clock() {
	# shellcheck disable=SC2097,SC2098
	LD_PRELOAD="$(dirname "$CERTWIPE_BIN")/clock.so" CLOCK_SHIFT_S=$1 run --separate-stderr "$CERTWIPE_BIN" "${@:2}" --state "$STATE" </dev/null
	show_last
}

@test "the clock is set back, or on" {
	local loop
	rm -rf "$STATE"
	with_clock -5184000 key create --organisation "Example County" --unit "Ethics Office" --station bench --years 1 --passphrase-fd 3 3<<<"$PASSPHRASE"
	exits 0
	one_more
	loop=$(loop_new $MIB)
	with_clock -2592000 wipe "$loop" --policy lab --authorise "$(list_of "$loop")" --json
	exits 0
	cw audit --lab --json
	noticed "backdated clock" "the clock set back by a month for one certificate" "audit" 7 "earlier than that of an entry before it"
	cw register export export
	cw audit export --lab --trust "$STATE/keys/root.pem" --json
	noticed "backdated clock" "the clock set back by a month for one certificate" "audit of an export" 7 "earlier than that of an entry before it"
}

@test "the key is used when its certificate has expired" {
	local loop
	loop=$(loop_new $MIB)
	with_clock 63072000 wipe "$loop" --policy lab --authorise "$(list_of "$loop")" --json
	noticed "expired key" "the station is to wipe a year after its certificate ended" "wipe, before anything is written" 9 "expired"
	head -c $MIB "$loop" | cmp - <(yes "old secret data on this medium" | head -c $MIB)
	cw register list --json
	json '[.answer[] | select(.kind == "started")] | length == 1' # that of the certificate that there was before
}
