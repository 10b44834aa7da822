# SPDX-License-Identifier: Apache-2.0
# runs beside others
# Tools that recover files find them before the wipe, and nothing of them afterwards.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers

# found NAME: the count of that name in the last output of forensics.sh.
found() {
	awk -v name="$1" '$1 == name { print $2 }' <<<"$output"
}

look() {
	run "$ROOT/tests/forensics.sh" "$(loop_file "$loop")" "$1"
	echo "$output"
	[ "$status" = 0 ]
}

# nothing_is_left fat|exfat|ntfs TYPE
nothing_is_left() {
	loop=$(loop_dirty "$1" 64)
	look "$SCRATCH/before"
	[ "$(found photorec)" -ge 40 ]
	[ "$(found foremost)" -ge 40 ]
	[ "$(found fls-deleted)" -ge 30 ]
	[ "$(found markers)" -ge 60 ]
	[ "$(found blkid)" = "$2" ]
	lab_certificate "$loop"
	look "$SCRATCH/after"
	[ "$(found fls-deleted)" = 0 ]
	[ "$(found fls-all)" = 0 ]
	[ "$(found fsstat)" = none ]
	[ "$(found blkid)" = none ]
	[ "$(found wipefs)" = 0 ]
	[ "$(found markers)" = 0 ]
	# Carvers look for beginnings of files of a few bytes, and now and then random bytes look so: about one such find in ten media of this size.
	# It is nothing that was ever on the medium.
	[ "$(found photorec)" -le 2 ]
	[ "$(found foremost)" -le 2 ]
	[ -z "$(comm -12 "$SCRATCH/before" "$SCRATCH/after")" ]
}

@test "FAT: dozens of files are recovered before the wipe, none after" {
	nothing_is_left fat vfat
}

@test "exFAT: dozens of files are recovered before the wipe, none after" {
	nothing_is_left exfat exfat
}

@test "NTFS: dozens of files are recovered before the wipe, none after" {
	nothing_is_left ntfs ntfs
}

@test "a wipe with zeros leaves carvers nothing at all" {
	loop=$(loop_dirty fat 64)
	lab_certificate "$loop" --scheme zero
	look "$SCRATCH/after"
	[ "$(found photorec)" = 0 ]
	[ "$(found foremost)" = 0 ]
	[ "$(found markers)" = 0 ]
	[ "$(found blkid)" = none ]
}
