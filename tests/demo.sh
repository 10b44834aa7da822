#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh: a whole disposal on a loop device, from a stick with files on it to a certificate that stock OpenSSL verifies.  Prints each command before it runs.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then
	echo "demo: needs root, because it makes a loop device and wipes it.  Run: sudo make demo" >&2
	exit 1
fi

top=$PWD
work=$top/build/demo
certwipe=$top/build/certwipe
rm -rf "$work"
mkdir -p "$work"
medium=
trap '[ -z "$medium" ] || losetup -d "$medium"' EXIT

say() {
	printf '\n# %s\n' "$*"
}

# Shown with names that a person would type, run as they are.
show() {
	local words="$*"
	words=${words//$certwipe/certwipe}
	printf '$ %s\n' "${words//$top\//}"
	"$@"
}

say "A used stick: a FAT image with 60 files, half of them deleted, behind a loop device"
tests/mkdirty.py fat "$work/stick.img" 64
medium=$(losetup --find --show "$work/stick.img")
show mdir -b -i "$work/stick.img" ::/

say "What is it?"
show "$certwipe" list --all --state "$work/state"

say "Once for each station: keys.  The fingerprint goes onto paper"
show "$certwipe" key create --state "$work/state" --organisation "Example County" --unit "Ethics Office" --station "demo" --years 1 \
	--passphrase-fd 3 3<<<"only for this demonstration"

say "What would be done?"
show "$certwipe" plan "$medium" --policy lab --state "$work/state"

say "Wipe it.  The list stands for the asset register; the serial number of a virtual medium is its file"
printf 'serial,approval_number\n"%s",A-2026-001\n' "$work/stick.img" >"$work/list.csv"
show cat "$work/list.csv"
show "$certwipe" wipe "$medium" --policy lab --authorise "$work/list.csv" --state "$work/state"

say "Hand the certificate out; under sudo to the person behind it, who then needs no privilege"
number=$(basename "$(echo "$work"/state/certificates/*/*)")
install -d ${SUDO_UID:+-o "$SUDO_UID"} "$work/handed-out"
cd "$work/handed-out"
show "$certwipe" certificate export "$number" --state "$work/state"
cd "$number"

say "Does it hold?  --lab, because a virtual medium proves nothing about a real one"
show "$certwipe" verify . --trust root.pem --lab

say "The same signature, checked by stock OpenSSL"
show openssl cms -verify -binary -cades -no-CApath -no-CAstore -auth_level 2 -inform DER -in evidence.json.p7s -content evidence.json \
	-CAfile root.pem -out /dev/null

say "The medium, byte for byte, against the stream that the certificate names"
key=$(jq -r .keystream.keyHex evidence.json)
size=$(blockdev --getsize64 "$medium")
echo "\$ head -c $size /dev/zero | openssl enc -aes-256-ctr -K $key -iv 00000000000000010000000000000000 | cmp - $medium"
head -c "$size" /dev/zero | openssl enc -aes-256-ctr -K "$key" -iv 00000000000000010000000000000000 | cmp - "$medium"
echo "no difference"

say "Done: wiped, read back, signed, checked three ways"
