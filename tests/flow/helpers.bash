# SPDX-License-Identifier: Apache-2.0
# For the flow tests: `load helpers` on top of a .bats file gives each test a scratch folder, loop devices and a state directory of its own, and takes
# away exactly those afterwards.
#
#   $SCRATCH            folder of this test, on disk (the tool refuses state in memory)
#   $STATE              state directory, after state_new
#   cw ARG...           runs certwipe with that state; sets status, output (stdout) and stderr like bats' `run --separate-stderr`
#   exits N             the last run ended with N
#   json FILTER [ARG..] jq filter holds for the document in $output
#   value FILTER        prints what the filter finds in $output
#   DOC                 folder of the certificate, after lab_certificate
bats_require_minimum_version 1.5.0
ROOT=$(cd "${BATS_TEST_DIRNAME:-tests/flow}/../.." && pwd)
CERTWIPE_BIN=${CERTWIPE_BIN:-$ROOT/build/certwipe}
PASSPHRASE="correct horse battery staple"

setup() {
	flow_setup
}

teardown() {
	flow_teardown
}

flow_setup() {
	[ "$(id -u)" = 0 ] || skip "needs root for loop devices"
	[ -e /dev/loop-control ] || skip "this kernel has no loop devices"
	mkdir -p "$ROOT/build/flow"
	chmod 755 "$ROOT/build/flow"
	SCRATCH=$(mktemp -d "$ROOT/build/flow/XXXXXX")
	chmod 755 "$SCRATCH"
	STATE=$SCRATCH/state
	: >"$SCRATCH/.loops"
	: >"$SCRATCH/.public"
}

flow_teardown() {
	[ -n "${SCRATCH:-}" ] || return 0
	local loop file mounted folder
	while read -r loop file; do
		[ "$(loop_file "$loop" | sed 's/ (deleted)$//')" = "$file" ] || continue
		end_users_of "$loop"
		losetup -d "$loop" # one that is still mounted goes away with its mount
	done <"$SCRATCH/.loops"
	while read -r mounted; do
		umount "$mounted"
	done < <(findmnt --list --noheadings --output TARGET | grep "^$SCRATCH/" | tac)
	while read -r folder; do
		rm -rf --one-file-system "$folder"
	done <"$SCRATCH/.public"
	rm -rf --one-file-system "$SCRATCH"
}

# public_folder: one that everybody can enter, also when this tree lies in a folder that only root can; prints its path.
public_folder() {
	local folder
	folder=$(mktemp -d)
	echo "$folder" >>"$SCRATCH/.public"
	chmod 755 "$folder"
	echo "$folder"
}

# Ends executors that a test left behind on this device.
end_users_of() {
	local process
	for process in $(processes_with "$1"); do
		[ "$(readlink "/proc/$process/exe")" != "$CERTWIPE_BIN" ] || kill -KILL "$process" || :
	done
}

# processes_with FILE: which have it open.
processes_with() {
	find /proc/[0-9]*/fd -maxdepth 1 -lname "$1" -printf '%h\n' 2>/dev/null | cut -d / -f 3 | sort -u
}

loop_file() {
	losetup --noheadings --output BACK-FILE "$1" 2>/dev/null
}

# loop_new SIZE [SECTOR]: a loop device over a new file full of old data (not zeros); prints its node.
loop_new() {
	local image
	image=$(mktemp "$SCRATCH/medium-XXXXXX")
	yes "old secret data on this medium" | head -c "$1" >"$image"
	loop_attach "$image" "${2:-512}"
}

# loop_sparse SIZE [SECTOR]: the same over a sparse file, for sizes that do not fit the disk.
loop_sparse() {
	local image
	image=$(mktemp "$SCRATCH/medium-XXXXXX")
	truncate -s "$1" "$image"
	loop_attach "$image" "${2:-512}"
}

# loop_dirty KIND MIB: one with 60 files, half of them deleted; the kinds are those of mkdirty.py.
loop_dirty() {
	local image
	image=$(mktemp "$SCRATCH/medium-XXXXXX")
	"$ROOT/tests/mkdirty.py" "$1" "$image" "$2" >&2
	loop_attach "$image" 512
}

# loop_attach IMAGE [SECTOR] [LOSETUP OPTION...]
loop_attach() {
	local loop image
	image=$(realpath "$1")
	# One at a time: whoever loses the race for a free one has opened that of the winner for a moment.
	loop=$(flock "$(dirname "$SCRATCH")/.loops" losetup --find --show --sector-size "${2:-512}" "${@:3}" "$image") || return
	echo "$loop $image" >>"$SCRATCH/.loops"
	echo "$loop"
}

# state_new [DIR]: a state directory with keys for the laboratory.
state_new() {
	"$CERTWIPE_BIN" key create --state "${1:-$STATE}" --organisation "Example County" --unit "Ethics Office" --station "bench" --years 1 \
		--passphrase-fd 3 3<<<"$PASSPHRASE" >/dev/null
}

cw() {
	run --separate-stderr "$CERTWIPE_BIN" "$@" --state "$STATE" </dev/null
	show_last
}

# What the last run said, for the log of a test that fails.
show_last() {
	printf 'exit %s\n' "${status:-?}"
	printf '%s\n' "${output:-}"
	# shellcheck disable=SC2154
	printf '%s\n' "${stderr:-}"
}

exits() {
	# shellcheck disable=SC2154
	[ "$status" = "$1" ] || { echo "expected exit $1, found $status"; return 1; }
}

json() {
	jq -e "${@:2}" "$1" >/dev/null <<<"$output" || { echo "does not hold: $1"; return 1; }
}

value() {
	jq -r "$1" <<<"$output"
}

# list_of DEV...: an authorisation list for these loop devices; prints its path.
list_of() {
	local list loop file
	list=$(mktemp "$SCRATCH/list-XXXXXX.csv")
	echo "serial,approval_number" >"$list"
	for loop; do
		file=$(loop_file "$loop")
		printf '"%s",A-2026-001\n' "${file//\"/\"\"}" >>"$list"
	done
	echo "$list"
}

# wipe_listed DEV... [OPTION...]: wipes loop devices under the policy lab, all on one list.
wipe_listed() {
	local media=()
	while [ $# -gt 0 ] && [ "${1#/dev/}" != "$1" ]; do
		media+=("$1")
		shift
	done
	cw wipe --policy lab --authorise "$(list_of "${media[@]}")" "$@" "${media[@]}"
}

# certificate_of [N]: folder of the document that the last `wipe_listed --json` made for its Nth medium (0).
certificate_of() {
	value ".results[${1:-0}].path"
}

# lab_certificate DEV [OPTION...]: wipes it in a new state directory; sets DOC to the folder of the certificate.
lab_certificate() {
	state_new "$STATE"
	wipe_listed "$@" --json
	exits 0
	json '.results[0].type == "destruction-certificate"'
	DOC=$(certificate_of 0)
}

# lab_verify [DIR...]: with the root of this test's state; the last certificate if none is named.
lab_verify() {
	cw verify --lab --trust "$STATE/keys/root.pem" --json "${@:-$DOC}"
}

# The command line of the README, on the folder of a document.
openssl_accepts() {
	openssl cms -verify -binary -cades -no-CApath -no-CAstore -auth_level 2 -inform DER -in "$1/evidence.json.p7s" -content "$1/evidence.json" \
		-CAfile "$STATE/keys/root.pem" -out /dev/null
}

# flip FILE OFFSET: another value for one byte of a file or medium; says which, for the log.
flip() {
	python3 - "$1" "$2" <<-'END'
		import os, random, sys
		offset, other = int(sys.argv[2]), random.randrange(1, 256)
		fd = os.open(sys.argv[1], os.O_RDWR)
		old = os.pread(fd, 1, offset)[0]
		os.pwrite(fd, bytes([old ^ other]), offset)
		os.fsync(fd)
		print("%s: byte %d was %02x, is %02x" % (sys.argv[1], offset, old, old ^ other))
	END
}
