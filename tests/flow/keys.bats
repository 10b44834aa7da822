# SPDX-License-Identifier: Apache-2.0
# runs beside others
# Encrypted volumes made by cryptsetup: the keys go first, or alone, and after that the right pass phrase opens nothing.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers

MIB=1048576
FAST=(--batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000)

setup() {
	flow_setup
	command -v cryptsetup >/dev/null || skip "cryptsetup is not installed"
	state_new "$STATE"
	printf 'correct horse' >"$SCRATCH/pass"
}

# encrypted FILE OPTION...: makes the file an encrypted volume.
encrypted() {
	cryptsetup luksFormat "${FAST[@]}" --key-file "$SCRATCH/pass" "${@:2}" "$1"
}

# luks MIB OPTION...: a loop device over one; prints its node.
luks() {
	local image
	image=$(mktemp "$SCRATCH/medium-XXXXXX")
	yes "old secret data on this medium" | head -c "$(($1 * MIB))" >"$image"
	encrypted "$image" "${@:2}"
	loop_attach "$image"
}

opens() {
	cryptsetup open --test-passphrase --key-file "$SCRATCH/pass" "$1" 2>/dev/null
}

# What stood in the first N bytes of a medium, in pieces that cannot be there by chance.
pieces() {
	head -c "$2" "$1" | python3 -c '
import sys
data = sys.stdin.buffer.read()
print("\n".join({data[i:i + 64].hex() for i in range(0, len(data), 512) if len(set(data[i:i + 64])) > 16}))'
}

# none_left FILE PIECES: each is looked for where sectors begin, and some of them anywhere.
none_left() {
	python3 - "$1" "$2" <<-'END'
		import sys
		data = open(sys.argv[1], "rb").read()
		pieces = {bytes.fromhex(p) for p in open(sys.argv[2]).read().split()}
		left = [at for at in range(0, len(data), 512) if data[at:at + 64] in pieces]
		left += [data.index(p) for p in list(pieces)[:20] if p in data]
		sys.exit("%d pieces of old keys are left, the first at %d" % (len(left), left[0]) if left else 0)
	END
}

case_file() {
	printf '[case]\n[crypto-erase]\nattested-by = Chen\nencrypted-from-first-use = yes\nno-key-copies = %s\n' "$1" >"$SCRATCH/case-$1"
	echo "$SCRATCH/case-$1"
}

# alone DEV [OPTION...]
alone() {
	wipe_listed "$1" --technique key_destroy --case "$(case_file yes)" --json "${@:2}"
}

# keys_go DEV UPTO: alone; nothing opens any more, no piece of a key is left, and all behind is as it was.
keys_go() {
	local file
	file=$(loop_file "$1")
	opens "$1"
	pieces "$file" "$2" >"$SCRATCH/pieces"
	[ "$(wc -l <"$SCRATCH/pieces")" -gt 100 ]
	tail -c "+$(($2 + 1))" "$file" | sha256sum >"$SCRATCH/behind"
	alone "$1"
	exits 7 # no level may be claimed on a virtual medium
	json '.results[0].onlyKeys and (.results[0].reason | contains("No level may be claimed"))'
	run opens "$1"
	[ "$status" != 0 ]
	run cryptsetup luksDump "$1"
	[ "$status" != 0 ]
	none_left "$file" "$SCRATCH/pieces"
	tail -c "+$(($2 + 1))" "$file" | sha256sum | cmp - "$SCRATCH/behind"
}

@test "the keys of a LUKS1 volume are destroyed, and nothing else" {
	keys_go "$(luks 24 --type luks1)" $((2 * MIB))
}

@test "the keys of a LUKS1 volume with a key slot in the last place" {
	loop=$(luks 24 --type luks1 --key-slot 7)
	keys_go "$loop" $((2 * MIB))
}

@test "the keys of a LUKS2 volume are destroyed, both headers and all key slots" {
	keys_go "$(luks 32 --type luks2)" $((16 * MIB))
}

@test "the keys of a LUKS2 volume with metadata of other sizes" {
	keys_go "$(luks 40 --type luks2 --luks2-metadata-size 1m --luks2-keyslots-size 8m --offset 40960)" $((20 * MIB))
}

@test "the document says that all else is still there, and where the keys stood" {
	loop=$(luks 32 --type luks2)
	alone "$loop"
	DOC=$(certificate_of)
	output=$(cat "$DOC/evidence.json")
	json '.type == "destruction-report" and .keys.alone and .keys.bytes == 16777216 and .keys.volumes[0].kind == "luks2"'
	json '.keys.written.complete and .keys.readBack.complete and .keys.attestation.name == "Chen" and .verification.method == "keys"'
	json '.limits[0].id == "keys" and (.passes | length) == 0'
	lab_verify
	exits 7
	cw certificate show "$(basename "$DOC")"
	[[ $output == *"is still on the medium"* ]]
}

@test "a wipe of everything begins with the keys" {
	loop=$(luks 32 --type luks2)
	cw plan "$loop" --policy lab --json
	json '[.plan.steps[].do] == ["keys", "keys-check", "write", "verify"]'
	lab_verify_full "$loop"
}

lab_verify_full() {
	rm -r "$STATE"
	lab_certificate "$1"
	output=$(cat "$DOC/evidence.json")
	json '.keys.alone == false and .keys.written.complete and .sanitization.levelClaimed == "clear" and .verification.method == "full"'
	lab_verify
	exits 0
}

@test "a dry run says which bytes are written" {
	loop=$(luks 24 --type luks1)
	cw wipe "$loop" --policy lab --technique key_destroy --case "$(case_file yes)" --dry-run
	exits 0
	[[ $output == *"WRITE bytes 0 to 2097152"* ]]
	opens "$loop"
}

@test "without somebody who vouches for it the keys are not destroyed alone" {
	loop=$(luks 24 --type luks1)
	wipe_listed "$loop" --technique key_destroy --case "$(case_file no)" --json
	exits 3
	json '.results[0].error.message | contains("nobody attests")'
	opens "$loop"
}

@test "two volumes in partitions, and then something that is not encrypted beside them" {
	local start
	truncate -s 64M "$SCRATCH/disk"
	sfdisk --quiet "$SCRATCH/disk" <<-END
		label: gpt
		start=2048, size=49152
		start=51200, size=49152
		start=100352, size=16384
	END
	for start in 1 25; do
		truncate -s 24M "$SCRATCH/part"
		encrypted "$SCRATCH/part" --type luks2 --luks2-keyslots-size 4m --offset 16384
		dd if="$SCRATCH/part" of="$SCRATCH/disk" bs=1M seek="$start" conv=notrunc status=none
		rm "$SCRATCH/part"
	done
	loop=$(loop_attach "$SCRATCH/disk")
	alone "$loop"
	exits 7
	output=$(cat "$(certificate_of)/evidence.json")
	json '[.keys.spans[].offsetBytes] == [1048576, 26214400] and [.keys.spans[].lengthBytes] == [8388608, 8388608] and [.keys.volumes[].number] == [1, 2]'
	for start in 1 25; do
		dd if="$SCRATCH/disk" of="$SCRATCH/part" bs=1M skip="$start" count=24 status=none
		run cryptsetup isLuks "$SCRATCH/part"
		[ "$status" != 0 ]
	done
	encrypted "$SCRATCH/part" --type luks1
	dd if="$SCRATCH/part" of="$SCRATCH/disk" bs=1M seek=1 conv=notrunc status=none
	mkfs.vfat --offset 100352 "$SCRATCH/disk" 8192 >/dev/null
	alone "$loop"
	exits 3
	json '.results[0].error.message | contains("not encrypted")'
}

@test "a damaged second header, and a header that points beyond the end, are not followed" {
	loop=$(luks 32 --type luks2)
	flip "$(loop_file "$loop")" $((16384 + 4200))
	alone "$loop"
	exits 3
	json '.results[0].error.message | contains("damaged")'
	loop=$(luks 24 --type luks1)
	printf '\377\377\377\377' | dd of="$(loop_file "$loop")" bs=1 seek=104 conv=notrunc status=none
	alone "$loop"
	exits 3
	json '.results[0].error.message | contains("behind its end")'
	wipe_listed "$loop" --json
	exits 0
}

@test "what nothing tells of is destroyed where somebody says that it is there" {
	image=$(mktemp "$SCRATCH/medium-XXXXXX")
	head -c $((8 * MIB)) /dev/urandom >"$image"
	loop=$(loop_attach "$image")
	head -c "$((7 * MIB))" "$image" | tail -c $((6 * MIB)) | sha256sum >"$SCRATCH/middle"
	alone "$loop"
	exits 3
	alone "$loop" --veracrypt
	exits 7
	output=$(cat "$(certificate_of)/evidence.json")
	json '.keys.volumes[0].kind == "veracrypt" and [.keys.spans[].offsetBytes] == [0, 8257536] and .keys.bytes == 262144 and .keys.readBack.complete'
	head -c "$((7 * MIB))" "$image" | tail -c $((6 * MIB)) | sha256sum | cmp - "$SCRATCH/middle"
}
