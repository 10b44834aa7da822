#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# runs beside others
# Documents and pages as programs of others read them: schemas by two validators, PDFs by the reader that browsers have.  Stock OpenSSL, pdfsig, qpdf, mutool and zbar are in pdf.bats.
load helpers

export NODE_PATH=/usr/share/nodejs

setup() {
	SCRATCH=$(mktemp -d)
}

teardown() {
	rm -rf "$SCRATCH"
}

need() {
	[ -e "$1" ] || skip "there is no $1 on this machine"
}

# validators SCHEMA FILE...: both say the same of these files, and it is in $status.
validators() {
	local schema=$ROOT/share/schema/$1-1.schema.json first
	run "$BATS_TEST_DIRNAME/jsonschema.py" "$schema" "${@:2}"
	echo "$output"
	first=$status
	run "$BATS_TEST_DIRNAME/ajv.js" "$schema" "${@:2}"
	echo "$output"
	[ "$status" = "$first" ] || { echo "the two validators disagree"; return 1; }
}

@test "every document that was issued is what the schemas describe" {
	need /usr/share/nodejs/ajv
	local file wiped=() destroyed=()
	for file in "$ROOT"/tests/vectors/*/evidence.json; do
		if jq -e 'has("destruction")' "$file" >/dev/null; then destroyed+=("$file"); else wiped+=("$file"); fi
	done
	validators evidence "${wiped[@]}" "$ROOT/tests/fixtures/signed/evidence.json"
	[ "$status" = 0 ]
	validators statement "$ROOT/tests/fixtures/signed/approval.json"
	[ "$status" = 0 ]
	validators destruction "${destroyed[@]}" "$ROOT/tests/fixtures/destroyed.json"
	[ "$status" = 0 ]
}

@test "what our own check refuses, the validators refuse by the schemas" {
	need /usr/share/nodejs/ajv
	local good=$ROOT/tests/vectors/stick/evidence.json edit
	for edit in '.extra = 1' 'del(.medium)' '.type = "destruction-approval"' '.version = "2.0"' '.issuedAt = "2026-11-23T18:55:22+00:00"' '.laboratory = "no"' '.certificateId = ""' \
		'.outcome = "failed"' '.exceptions = [{"offsetBytes": 0, "lengthBytes": 512, "reason": "not-read"}]' '.verification.mismatchBytes = 1' '.verification.result = "fail"' \
		'.sanitization.levelClaimed = "purge"' '.medium.serial = "a\tb"' '.medium.model = "\u202e"' '.medium.capacityBytes = -1' '.medium.capacityBytes = 1.5' '.journalSha256 |= .[:63] + "G"' \
		'.signatories = []' '.signatories[0].role = "approver"' '.register.previousRoot = "00"' '.verdict.result = "clean"'; do
		jq "$edit" "$good" >"$SCRATCH/bad.json"
		validators evidence "$SCRATCH/bad.json"
		[ "$status" = 1 ] || { echo "passed: $edit"; return 1; }
	done
	good=$ROOT/tests/fixtures/signed/approval.json
	for edit in '.decision = "perhaps"' '.documents = []' '.documents += [.documents[0] | .certificateId = ""]' '.by.uid = -1' 'del(.reason)' '.signatories[0].role = "operator"' '.reason = "a\u0000"'; do
		jq "$edit" "$good" >"$SCRATCH/bad.json"
		validators statement "$SCRATCH/bad.json"
		[ "$status" = 1 ] || { echo "passed: $edit"; return 1; }
	done
}

@test "pdf.js: the words, the tags, and the attached files of a sealed page" {
	need /usr/share/javascript/pdf/build/pdf.js
	local page=$ROOT/tests/fixtures/signed/page.pdf seen=$SCRATCH/seen.json
	"$BATS_TEST_DIRNAME/pdfjs.js" "$page" "$SCRATCH" >"$seen"
	cat "$seen"
	jq -e '.language == "zh-TW" and .signed and .marked and .javaScript == null and (.title | contains("資料清除證明書"))' "$seen"
	jq -e '.text | contains("Sanitised to the level Clear. Every planned byte was written, read back and is equal.") and contains("王大明") and contains("陳怡君") and contains("LABORATORY")' "$seen"
	jq -e '.roles | contains(["Document", "H1", "Table", "TR", "TH", "TD", "L", "LI", "Figure"])' "$seen"
	for file in evidence.json evidence.json.p7s journal.jsonl; do
		cmp "$SCRATCH/$file" "$ROOT/tests/fixtures/signed/$file"
	done
}
