# SPDX-License-Identifier: Apache-2.0
# runs beside others
# inspect --capture: what was seen of a medium, in a file for a bug report.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers

MIB=1048576

# labelled: a loop device with a labelled file system on it; sets LOOP, IMAGE and UUID.
labelled() {
	IMAGE=$SCRATCH/secret-medium.img
	truncate -s $((8 * MIB)) "$IMAGE"
	mkfs.ext4 -q -L FAMILY-PHOTOS "$IMAGE"
	UUID=$(blkid -p -o value -s UUID "$IMAGE")
	LOOP=$(loop_attach "$IMAGE")
	FILE=$SCRATCH/capture.json
}

# in_file FILTER [ARG..]: jq filter holds for the captured document.
in_file() {
	jq -e "${@:2}" "$1" >/dev/null <"$FILE" || { echo "does not hold: $1"; return 1; }
}

# hex TEXT: as the values of a capture spell it.
hex() {
	printf '%s' "$1" | od -An -tx1 | tr -d ' \n'
}

@test "capture: one canonical document that only the caller may read, and a warning of the serial numbers" {
	labelled
	umask 000
	cw inspect "$LOOP" --capture "$FILE"
	exits 0
	[[ $output = *"virtual medium"* ]]
	[[ $stderr = *"contains serial numbers"* ]]
	[ "$(stat -c %a "$FILE")" = 600 ]
	[ "$(head -c 31 "$FILE")" = '{"schema":"certwipe/capture/1",' ]
	[ "$(jq -cS . "$FILE")" = "$(cat "$FILE")" ]
	in_file '.serials == "real" and .tool.name == "certwipe" and .seen.kernel.release == $kernel' --arg kernel "$(uname -r)"
	in_file '.told.medium.class == "VIRTUAL" and .told.medium.fullSerial == $path' --arg path "$IMAGE"
	in_file '.told.attachment.node == $node' --arg node "$LOOP"
	in_file '.seen.contents[0].type == "ext4" and .seen.contents[0].label == "FAMILY-PHOTOS"'
	in_file '.seen.attributes[.seen.directory + "/loop/backing_file"] == $path' --arg path "$(hex "$IMAGE")0a"
	in_file '.seen.attributes[.seen.directory + "/size"] == $sectors' --arg sectors "$(hex 16384)0a"
	in_file '.seen.attributes[.seen.directory + "/queue/logical_block_size"] and .seen.attributes[.seen.directory + "/diskseq"]'
	in_file '.seen.properties.DEVNAME == $node and (.seen.entries[.seen.directory + "/holders"] == [])' --arg node "$(hex "$LOOP")"
	[ -z "$(find "$SCRATCH" -maxdepth 1 -name '.*.json*')" ]
}

@test "capture: what it says of the medium is what inspect says" {
	labelled
	cw inspect "$LOOP" --capture "$FILE" --json
	exits 0
	json '.schema == "certwipe/inspect/1"'
	[ "$(value .medium | jq -S .)" = "$(jq -S .told.medium "$FILE")" ]
	[ "$(value .attachment | jq -S .)" = "$(jq -S .told.attachment "$FILE")" ]
	[ "$(value .contents | jq -S .)" = "$(jq -S .seen.contents "$FILE")" ]
}

@test "capture: masked, neither path nor label nor UUID is left, and it is still the same kind of medium" {
	labelled
	cw inspect "$LOOP" --capture "$FILE"
	for secret in "$IMAGE" secret-medium FAMILY PHOTOS "${UUID:0:8}" "${UUID:24}"; do
		grep -q "$secret\|$(hex "$secret")" "$FILE"
	done
	rm "$FILE"
	cw inspect "$LOOP" --capture "$FILE" --mask-serials --json
	exits 0
	[[ $stderr = *"replaced"* && $stderr != *"contains serial"* ]]
	for secret in "$SCRATCH" secret-medium FAMILY PHOTOS "${UUID:0:8}" "${UUID:24}"; do
		run -1 grep -i "$secret\|$(hex "$secret")" "$FILE"
	done
	in_file '.serials == "masked" and .told.medium.class == "VIRTUAL" and .told.medium.serial.quality == "good"'
	in_file '(.told.medium.fullSerial | length) == $n and (.told.medium.fullSerial | startswith("/"))' --argjson n "${#IMAGE}"
	in_file '(.seen.contents[0].label | test("^[A-Z]{6}-[A-Z]{6}$")) and .seen.contents[0].type == "ext4"'
	in_file '.told.medium.serial.rawHex + "0a" == .seen.attributes[.seen.directory + "/loop/backing_file"]'
	[ "$(jq -cS . "$FILE")" = "$(cat "$FILE")" ]
}

@test "capture: a file, a folder or a link that is there already is left as it is: 2" {
	labelled
	echo mine >"$FILE"
	cw inspect "$LOOP" --capture "$FILE"
	exits 2
	[ "$(cat "$FILE")" = mine ]
	[ -z "$output" ]
	ln -s "$SCRATCH/elsewhere" "$SCRATCH/link"
	cw inspect "$LOOP" --capture "$SCRATCH/link"
	exits 2
	[ ! -e "$SCRATCH/elsewhere" ]
	cw inspect "$LOOP" --capture "$SCRATCH/state"
	exits 0 # no such folder yet: a name like any other
	mkdir "$SCRATCH/folder"
	cw inspect "$LOOP" --capture "$SCRATCH/folder"
	exits 2
	[ -z "$(find "$SCRATCH" -name '.folder*' -o -name '.link*')" ]
}

@test "capture: written with the rights of the person, not of root" {
	labelled
	mkdir -m 700 "$SCRATCH/roots"
	run --separate-stderr env SUDO_UID=65534 SUDO_GID=65534 "$CERTWIPE_BIN" inspect "$LOOP" --state "$STATE" --capture "$SCRATCH/roots/capture.json" </dev/null
	[ "$status" != 0 ]
	[ -z "$(ls -A "$SCRATCH/roots")" ]
	local theirs
	theirs=$(public_folder)
	chown 65534 "$theirs"
	run --separate-stderr env SUDO_UID=65534 SUDO_GID=65534 "$CERTWIPE_BIN" inspect "$LOOP" --state "$STATE" --capture "$theirs/capture.json" </dev/null
	exits 0
	[ "$(stat -c %u:%a "$theirs/capture.json")" = 65534:600 ]
}

@test "capture: when the disk is full nothing half-written is left" {
	labelled
	mkdir "$SCRATCH/full"
	mount -t tmpfs -o size=4k tmpfs "$SCRATCH/full"
	cw inspect "$LOOP" --capture "$SCRATCH/full/capture.json"
	exits 1
	[ -z "$(ls -A "$SCRATCH/full")" ]
}

@test "capture: --mask-serials is about the file: 2 without one; no medium, no file: 4" {
	labelled
	cw inspect "$LOOP" --mask-serials
	exits 2
	cw list --capture "$FILE"
	exits 2
	cw inspect /dev/no-such-medium --capture "$FILE"
	exits 4
	[ ! -e "$FILE" ]
}
