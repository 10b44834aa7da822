#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runs beside others
# certwipe-verify: the verifier by itself says what `certwipe verify` says, with several processes, without privilege, and without anything that reaches a medium.
# shellcheck disable=SC2154 # run sets output, stderr and status
load helpers

setup() {
	flow_setup
	VERIFIER=${CERTWIPE_BIN%/*}/certwipe-verify
	cd "$ROOT" || return
}

# alike ARG...: both programs give the same document and exit.
alike() {
	local ours theirs
	run --separate-stderr "$VERIFIER" --json "$@"
	ours=$status
	printf '%s' "$output" >"$SCRATCH/ours"
	run --separate-stderr "$CERTWIPE_BIN" verify --json "$@"
	theirs=$status
	printf '%s' "$output" >"$SCRATCH/theirs"
	[ "$ours" = "$theirs" ] || { echo "$* : certwipe-verify ends with $ours, certwipe verify with $theirs"; return 1; }
	cmp "$SCRATCH/ours" "$SCRATCH/theirs"
}

@test "it finds the same as certwipe verify in every document that was ever issued" {
	for folder in tests/vectors/*/; do
		[ -e "$folder/root.pem" ] || continue
		alike --lab --trust "$folder/root.pem" "$folder"
		alike "$folder"
	done
	for page in tests/vectors/pdf/*.pdf; do
		alike --lab --trust tests/vectors/pdf/root.pem "$page"
	done
}

@test "several processes find the same as one, in the same order, forged ones among them" {
	local root=tests/vectors/stick-proved/root.pem
	mkdir "$SCRATCH/many"
	for i in $(seq 40); do
		cp -r tests/vectors/stick-proved "$SCRATCH/many/$i"
	done
	flip "$SCRATCH/many/7/evidence.json" 100
	rm "$SCRATCH/many/23/evidence.json.p7s"
	rm "$SCRATCH/many/31/evidence.json"
	run --separate-stderr "$VERIFIER" --json --trust "$root" "$SCRATCH/many"
	exits 10
	json '[.items[] | select(.finding == "invalid")] | length == 3'
	local one=$output
	for jobs in 2 3 8; do
		run --separate-stderr "$VERIFIER" --json --jobs "$jobs" --trust "$root" "$SCRATCH/many"
		exits 10
		[ "$output" = "$one" ]
	done
	alike --trust "$root" "$SCRATCH/many"
	alike --trust "$root" "$SCRATCH/many/1" "$SCRATCH/nowhere"
	alike --trust "$root" "$SCRATCH/nowhere" || [ "$(jq -r .error.code "$SCRATCH/theirs")" = no-such-file ]
}

@test "an export of the register is read, and condemns what contradicts it" {
	lab_certificate "$(loop_new 4M)"
	cw register export "$SCRATCH/export"
	exits 0
	run --separate-stderr "$VERIFIER" --json --lab --jobs 2 --trust "$STATE/keys/root.pem" "$DOC" "$SCRATCH/export"
	show_last
	exits 0
	json '.items | length == 2'
	run --separate-stderr "$VERIFIER" --json --lab --trust "$STATE/keys/root.pem" "$DOC/$(basename "$DOC").pdf"
	exits 0
	json '.items[0].finding == "valid"'
}

@test "it says in words what it found, and nothing for what is in order when it is to be quiet" {
	run --separate-stderr "$VERIFIER" --trust tests/vectors/stick/root.pem tests/vectors/stick
	exits 0
	[[ $output == *": VALID  2026-000017"* ]]
	run --separate-stderr "$VERIFIER" --quiet --trust tests/vectors/stick/root.pem tests/vectors/stick
	exits 0
	[ -z "$output" ]
	run --separate-stderr "$VERIFIER" tests/vectors/stick
	exits 7
	[[ $output == *"CANNOT TELL"* ]]
	run --separate-stderr "$VERIFIER" --jobs 0 tests/vectors/stick
	exits 2
	run --separate-stderr "$VERIFIER"
	exits 2
}

@test "it needs no privilege, and cannot reach a medium, the network or another file" {
	local public
	public=$(public_folder)
	cp -r tests/vectors/stick "$VERIFIER" "$public"
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$public/certwipe-verify" --trust "$public/stick/root.pem" "$public/stick"
	exits 0
	run ldd "$VERIFIER"
	[[ $output != *udev* && $output != *blkid* && $output != *uring* && $output != *systemd* ]]
	run nm -D --undefined-only "$VERIFIER"
	[[ $output != *" pwrite"* && $output != *" ioctl"* && $output != *" connect"* && $output != *" execve"* ]]
	# A link inside of what it was given leads nowhere.
	ln -s /etc/hostname "$SCRATCH/link"
	mkdir "$SCRATCH/doc"
	cp tests/vectors/stick/* "$SCRATCH/doc"
	ln -sf "$SCRATCH/link" "$SCRATCH/doc/journal.jsonl"
	run --separate-stderr "$VERIFIER" --trust tests/vectors/stick/root.pem "$SCRATCH/doc"
	[ "$status" != 0 ]
}
