# SPDX-License-Identifier: Apache-2.0
# runs beside others
# The main job: from a used medium to a certificate that others can check, and what happens when something is not as it was.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers

MIB=1048576

# used_stick_is_certified fat|exfat|ntfs TYPE
used_stick_is_certified() {
	loop=$(loop_dirty "$1" 64)
	lab_certificate "$loop"
	output=$(cat "$DOC/evidence.json")
	json '.type == "destruction-certificate" and .verdict.result == "sanitised" and .sanitization.levelClaimed == "clear" and .laboratory'
	json '.medium.capacityBytes == 67108864 and .verification.coverageBytes == 67108864 and .verification.result == "pass" and .exceptions == []'
	# shellcheck disable=SC2016
	json '.medium.contentsBefore | length == 1 and .[0].type == $type and .[0].label == "LABSTICK"' --arg type "$2"
	lab_verify
	exits 0
	"$BATS_TEST_DIRNAME/holds.py" "$DOC" "$(loop_file "$loop")"
}

# Offsets of FILE that nobody can foresee, its first and last byte among them.
some_offsets() {
	local last=$(($(stat -c %s "$1") - 1))
	printf '%s\n' 0 "$last"
	shuf -i "1-$((last - 1))" -n "$2"
}

# Where a CMS message holds what OpenSSL looks at whenever it verifies: the signed attributes, and the signature behind them.
signed_offsets() {
	local place
	place=$(openssl asn1parse -inform DER -in "$1" | awk '/cont \[ 0 \]/ { split($0, a, ":"); from = a[1] } END { print from + 0 }')
	shuf -i "$((place + 3))-$((place + 220))" -n 4
	shuf -i "$(($(stat -c %s "$1") - 60))-$(($(stat -c %s "$1") - 1))" -n 4
}

# rejected FILE OFFSET: a copy of the certificate with another byte there is no document at all.
rejected() {
	rm -rf "$SCRATCH/copy"
	cp -r "$DOC" "$SCRATCH/copy"
	flip "$SCRATCH/copy/$1" "$2"
	lab_verify "$SCRATCH/copy"
	exits 10
	json '.items[0].finding == "invalid" and (.items[0].reason | length > 0)'
}

@test "a used FAT stick ends with a certificate over every byte" {
	used_stick_is_certified fat vfat
}

@test "a used exFAT stick ends with a certificate over every byte" {
	used_stick_is_certified exfat exfat
}

@test "a used NTFS stick ends with a certificate over every byte" {
	used_stick_is_certified ntfs ntfs
}

@test "a laboratory certificate is accepted only with --lab, and none without a pinned root" {
	lab_certificate "$(loop_new $MIB)"
	lab_verify
	exits 0
	json '.items | length == 1 and .[0].finding == "valid" and .[0].type == "destruction-certificate"'
	cw verify "$DOC" --trust "$STATE/keys/root.pem" --json
	exits 7
	json '.items[0].reason | contains("LABORATORY")'
	cw verify "$DOC" --lab --json
	exits 7
	json '.trusted == false and .items[0].finding == "cannot-tell"'
	cw verify "$DOC/evidence.json" "$DOC/evidence.json.p7s" --trust "$STATE/keys/root.pem" --lab
	exits 0
}

@test "a certificate of another organisation is not accepted under our root" {
	lab_certificate "$(loop_new $MIB)"
	state_new "$SCRATCH/other"
	cw verify "$DOC" --lab --trust "$SCRATCH/other/keys/root.pem" --json
	[ "$status" != 0 ]
	json '.items[0].finding != "valid"'
	cp "$SCRATCH/other/keys/root.pem" "$SCRATCH/root.pem"
	cw verify "$DOC" --lab --trust "$SCRATCH/root.pem"
	[ "$status" != 0 ]
}

@test "verify needs neither root nor a state directory" {
	local folder
	folder=$(public_folder)
	lab_certificate "$(loop_new $MIB)"
	cp -r "$DOC" "$folder/copy"
	cp "$STATE/keys/root.pem" "$CERTWIPE_BIN" "$folder"
	chmod -R a+rX "$folder"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$folder/certwipe" verify "$folder/copy" --trust "$folder/root.pem" --lab
}

@test "stock OpenSSL accepts the pair, by the line of the README" {
	lab_certificate "$(loop_new $MIB)"
	openssl_accepts "$DOC"
}

@test "one changed byte in evidence.json is found by certwipe and by OpenSSL" {
	lab_certificate "$(loop_new $MIB)"
	for offset in $(some_offsets "$DOC/evidence.json" 6); do
		rejected evidence.json "$offset"
		run openssl_accepts "$SCRATCH/copy"
		[ "$status" != 0 ]
	done
}

@test "one changed byte in the signature is found by certwipe, and by OpenSSL in what it looks at" {
	lab_certificate "$(loop_new $MIB)"
	for offset in $(some_offsets "$DOC/evidence.json.p7s" 8); do
		rejected evidence.json.p7s "$offset"
	done
	for offset in $(signed_offsets "$DOC/evidence.json.p7s"); do
		rejected evidence.json.p7s "$offset"
		run openssl_accepts "$SCRATCH/copy"
		[ "$status" != 0 ]
	done
}

@test "one changed byte in the journal is found by certwipe" {
	lab_certificate "$(loop_new $MIB)"
	for offset in $(some_offsets "$DOC/journal.jsonl" 8); do
		rejected journal.jsonl "$offset"
	done
}

@test "a certificate without its journal, or with that of another job, does not hold" {
	first=$(loop_new $MIB)
	second=$(loop_new $MIB)
	state_new
	wipe_listed "$first" "$second" --json
	exits 0
	cp -r "$(certificate_of 0)" "$SCRATCH/copy"
	cp "$(certificate_of 1)/journal.jsonl" "$SCRATCH/copy/journal.jsonl"
	lab_verify "$SCRATCH/copy"
	exits 10
	rm "$SCRATCH/copy/journal.jsonl"
	lab_verify "$SCRATCH/copy"
	[ "$status" != 0 ]
}

@test "openssl enc with key and counter of the certificate makes the whole medium" {
	loop=$(loop_new $((3 * MIB + 512)))
	lab_certificate "$loop"
	key=$(jq -r .keystream.keyHex "$DOC/evidence.json")
	head -c "$(blockdev --getsize64 "$loop")" /dev/zero | openssl enc -aes-256-ctr -K "$key" -iv 00000000000000010000000000000000 | cmp - "$loop"
}

@test "recheck: the same is 0, one changed byte is 7, wherever it is" {
	loop=$(loop_new $((2 * MIB + 512)))
	lab_certificate "$loop"
	cw recheck "$loop" --certificate "$DOC" --trust "$STATE/keys/root.pem" --json
	exits 0
	json '.same and .comparedBytes == .sizeBytes and .sizeBytes == 2097664'
	for offset in 0 $((2 * MIB + 511)) "$(shuf -i 1-$((2 * MIB)) -n 1)"; do
		flip "$loop" "$offset"
		cw recheck "$loop" --certificate "$DOC" --json
		exits 7
		# shellcheck disable=SC2016
		json '.same == false and .mismatchBytes > 0 and .firstMismatchBytes <= $at and $at < .firstMismatchBytes + 4096' --argjson at "$offset"
		wipe_listed "$loop" --json
		exits 0
		DOC=$(certificate_of)
	done
	cw recheck "$loop" --certificate "$DOC"
	exits 0
}

@test "recheck with the certificate of another medium is 4, with a forged one 10" {
	first=$(loop_new $MIB)
	second=$(loop_new $MIB)
	state_new
	wipe_listed "$first" "$second" --json
	exits 0
	DOC=$(certificate_of "$(value ".results | map(.node) | index(\"$second\")")") # the one that ends first is told of first
	cw recheck "$first" --certificate "$DOC" --json
	exits 4
	json '.error.code == "identity-changed"'
	cp -r "$DOC" "$SCRATCH/copy"
	flip "$SCRATCH/copy/evidence.json" "$(($(stat -c %s "$DOC/evidence.json") / 2))"
	cw recheck "$second" --certificate "$SCRATCH/copy" --json
	exits 10
}

@test "several media in one call get a certificate each, with a key of its own" {
	state_new
	media=()
	for size in $((1 * MIB)) $((2 * MIB)) $((3 * MIB)); do
		media+=("$(loop_new "$size")")
	done
	wipe_listed "${media[@]}" --json
	exits 0
	json '.exit == 0 and ([.results[].documentId] | unique | length == 3) and ([.results[].node] | unique | length == 3)'
	for i in 0 1 2; do
		DOC=$(certificate_of $i)
		"$BATS_TEST_DIRNAME/holds.py" "$DOC" "$(value ".results[$i].node")"
	done
	[ "$(jq -r .keystream.keyHex "$STATE"/certificates/*/*/evidence.json | sort -u | wc -l)" = 3 ]
	lab_verify "$STATE/certificates"
	exits 0
	json '.items | length == 3'
}

@test "one medium that is not on the list stays as it was, and the others are wiped" {
	state_new
	wanted=$(loop_new $MIB)
	other=$(loop_new $MIB)
	before=$(sha256sum <"$(loop_file "$other")")
	cw wipe --policy lab --authorise "$(list_of "$wanted")" "$wanted" "$other" --json
	exits 8
	# shellcheck disable=SC2016
	json '.exit == 8 and ([.results[] | select(.node == $wanted) | .exit] == [0]) and ([.results[] | select(.node == $other) | .exit] == [8])' \
		--arg wanted "$wanted" --arg other "$other"
	[ "$(sha256sum <"$(loop_file "$other")")" = "$before" ]
}

# Runs it with --json and checks what stands on stdout, whatever the outcome.
one_document() {
	cw "$@" --json
	[ "$(jq -s length <<<"$output")" = 1 ]
	[ "$(jq -r 'keys_unsorted[0]' <<<"$output")" = schema ]
	json '.schema | test("^certwipe/[a-z-]+/1$")'
}

@test "every command prints exactly one JSON document, with its schema first" {
	loop=$(loop_new $MIB)
	lab_certificate "$loop"
	printf '[case]\nunit = Ethics Office\n' >"$SCRATCH/case"
	while read -r -a words; do
		one_document "${words[@]}"
		exits 0
	done <<-END
		list --all
		inspect $loop
		plan $loop --policy lab
		wipe $loop --policy lab --dry-run
		jobs
		recheck $loop --certificate $DOC
		verify $DOC --trust $STATE/keys/root.pem --lab
		certificate show $DOC
		case new --out $SCRATCH/form
		case show $SCRATCH/case
		case list
		register list
		register show 0
		register search 2026
		register check
		policy list
		policy show lab
		policy check $ROOT/share/policy/lab.policy
		key show
	END
}

@test "what is refused is one JSON document too, with exit code and reason" {
	state_new
	while read -r -a words; do
		one_document "${words[@]}"
		[ "$status" != 0 ]
		# shellcheck disable=SC2016
		json '.error.exit == $status and (.error.message | length > 0)' --argjson status "$status"
	done <<-END
		frobnicate
		wipe
		inspect /dev/nothing
		policy show ../lab
		stop 1
		resume 1
		register show 99
		certificate show 2026-000099
		verify $SCRATCH/nothing
		case show $SCRATCH/nothing
	END
	one_document wipe "$(loop_new $MIB)" --policy lab
	exits 8
	json '.results[0].error.exit == 8'
}

@test "a wrong option before --json is a JSON document too" {
	one_document list --colour
	exits 2
	json '.error.exit == 2'
}

@test "without --json the answer is text on stdout and talk is on stderr" {
	loop=$(loop_new $MIB)
	state_new
	wipe_listed "$loop"
	exits 0
	[[ $output = *"2026-"* || $output = *"certificate"* ]]
	[[ $output != *"will be destroyed"* ]]
	[[ $stderr = *"will be destroyed"* ]]
}

@test "--quiet says nothing when all is well, and why when it is not" {
	loop=$(loop_new $MIB)
	state_new
	wipe_listed "$loop" --quiet
	exits 0
	[ -z "$output" ]
	[ -z "$stderr" ]
	cw wipe "$loop" --policy lab --authorise "$SCRATCH/no-such-list" --quiet
	exits 2
	[ -z "$output" ]
	[[ $stderr = *"no-such-list"* ]]
}

@test "--progress json: each event is a line that parses, up to the end of both steps" {
	loop=$(loop_new $((8 * MIB)))
	state_new
	wipe_listed "$loop" --json --quiet --progress json
	exits 0
	json '.schema == "certwipe/wipe/1" and .results[0].exit == 0'
	while read -r line; do
		jq -e '.schema == "certwipe/progress/1" and (.event | length > 0)' <<<"$line" >/dev/null
	done <<<"$stderr"
	output=$(jq -s . <<<"$stderr")
	json '[.[] | select(.event == "progress" and .completedBytes == .sizeBytes) | .step] | unique == [1, 2]'
	json '.[-1].event == "result"'
}
