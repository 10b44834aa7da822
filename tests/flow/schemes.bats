# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# runs beside others
# Every scheme, sector size and odd size: the medium holds afterwards what the certificate says, worked out without certwipe.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers

MIB=1048576
SLOT=524288 # CW_SLOT_BYTES: what the engine writes at a time

# ends_right DEV SCHEME PASSES: a wipe ends with a certificate of just these passes, whole, and the last of them was read back and stands on the medium.
ends_right() {
	wipe_listed "$1" --json --quiet --scheme "$2"
	exits 0
	json '.results[0].type == "destruction-certificate"'
	DOC=$(certificate_of)
	"$BATS_TEST_DIRNAME/holds.py" "$DOC" "$1" "$3"
	# shellcheck disable=SC2016
	jq -e '.medium.capacityBytes as $size | .sanitization.scheme == $scheme and .sanitization.passes == (.passes | length)
		and all(.passes[]; .complete and .reachedBytes == $size) and (.passes[-1].n == .verification.readings[-1].pass)
		and (.verification.readings[-1] | .complete and .comparedBytes == $size and .mismatchBytes == 0)' \
		--arg scheme "$2" "$DOC/evidence.json" >/dev/null
}

# refill DEV: old data again, so that nothing is left of the scheme before.
refill() {
	yes "old secret data on this medium" | head -c "$(blockdev --getsize64 "$1")" | dd of="$1" bs=64k iflag=fullblock conv=fsync status=none
}

@test "every scheme that the laboratory offers does what its list of passes says" {
	state_new
	loop=$(loop_new $((3 * MIB + 7 * 512)))
	schemes=$("$CERTWIPE_BIN" policy show lab --json | jq -r '.schemes[] | [.id, .passes] | @tsv')
	[ "$(wc -l <<<"$schemes")" -ge 22 ]
	while IFS=$'\t' read -r id passes; do
		echo "scheme $id"
		refill "$loop"
		ends_right "$loop" "$id" "$passes"
	done <<<"$schemes"
	lab_verify "$STATE/certificates"
	exits 0
	# shellcheck disable=SC2016
	json '.items | length == $n' --argjson n "$(wc -l <<<"$schemes")"
}

@test "two runs of a scheme with drawn bytes draw anew, and no two jobs share a key" {
	state_new
	loop=$(loop_new 4096)
	for _ in 1 2 3 4; do
		ends_right "$loop" dod-ece7 "\$1 ~\$1 R \$2 \$3 ~\$3 R"
	done
	[ "$(jq -r .keystream.keyHex "$STATE"/certificates/*/*/evidence.json | sort -u | wc -l)" = 4 ]
	[ "$(jq -c '[.passes[].patternHex]' "$STATE"/certificates/*/*/evidence.json | sort -u | wc -l)" -ge 2 ]
}

@test "media with sectors of 4096 bytes" {
	state_new
	loop=$(loop_new $((2 * MIB + 3 * 4096)) 4096)
	ends_right "$loop" keystream R
	jq -e '.medium.logicalBlockBytes == 4096' "$DOC/evidence.json"
	ends_right "$loop" nist-r1-flash "R ~R"
	ends_right "$loop" navso-rll "FF E4FFFFFF R"
	ends_right "$loop" nnsa "R R 00"
	cw recheck "$loop" --certificate "$DOC"
	exits 0
	lab_verify
	exits 0
}

@test "a medium of a single sector" {
	state_new
	for sector in 512 4096; do
		loop=$(loop_new $sector $sector)
		ends_right "$loop" keystream R
		ends_right "$loop" ops2 "00 FF 00 FF 00 FF \$1"
		lab_verify
		exits 0
	done
}

@test "a medium of one sector more, and one less, than is written at a time" {
	state_new
	for size in $((SLOT - 512)) $SLOT $((SLOT + 512)) $((2 * SLOT + 512)); do
		loop=$(loop_new "$size")
		ends_right "$loop" keystream R
		ends_right "$loop" hmg-is5-enh "00 FF R"
		lab_verify
		exits 0
	done
}

@test "an image that does not end with a whole sector: the certificate claims the sectors and no more" {
	state_new
	loop=$(loop_new $((MIB + 700)))
	[ "$(blockdev --getsize64 "$loop")" = $((MIB + 512)) ]
	ends_right "$loop" keystream R
	jq -e '.medium.capacityBytes == 1049088 and .verification.coverageBytes == 1049088' "$DOC/evidence.json"
	tail -c 188 "$(loop_file "$loop")" | grep -q secret
	lab_verify
	exits 0
}

@test "a sample instead of everything is said, and what it leaves open" {
	state_new
	loop=$(loop_new $((16 * MIB)))
	wipe_listed "$loop" --json --verify sample
	exits 0
	DOC=$(certificate_of)
	"$BATS_TEST_DIRNAME/holds.py" "$DOC" "$loop" R
	jq -e '.verification.method == "sample" and .verification.sampleBytes > 0 and .verification.sampleBytes < .medium.capacityBytes
		and .verification.coverageBytes == .verification.sampleBytes' "$DOC/evidence.json"
	# An auditor works the same windows out from the document.
	[ "$("$BATS_TEST_DIRNAME/windows.py" "$DOC" | awk '{ n++; bytes += $2 } END { print n, bytes }')" = \
		"$(jq -r '.verification | "\(.sampleWindows) \(.sampleBytes)"' "$DOC/evidence.json")" ]
	cw certificate show "$DOC"
	[[ $output = *sample* ]]
	lab_verify
	exits 0
}

@test "a scheme or level that there is not, or that the policy does not offer, changes nothing" {
	state_new
	loop=$(loop_new 65536)
	before=$(sha256sum <"$(loop_file "$loop")")
	wipe_listed "$loop" --json --scheme gutmann36
	[ "$status" != 0 ]
	wipe_listed "$loop" --json --level purge
	exits 3
	wipe_listed "$loop" --json --level destroy
	exits 2
	[ "$(sha256sum <"$(loop_file "$loop")")" = "$before" ]
	json '.schema == "certwipe/error/1"'
}
