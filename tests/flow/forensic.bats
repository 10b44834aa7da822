# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# runs beside others
# Tools that recover files find them before the wipe, and nothing of them afterwards.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers

# found NAME: the value of that name in the last output of forensics.sh.
found() {
	awk -v name="$1" '$1 == name { print $2 }' <<<"$output"
}

# look SUMS
look() {
	run "$ROOT/tests/forensics.sh" "$(loop_file "$loop")" "$1"
	echo "$output"
	[ "$status" = 0 ]
}

# dirty KIND MIB: a loop device with files of which the carvers find most.
dirty() {
	[ "$1" != udf ] || command -v udfclient || skip "udfclient is missing"
	loop=$(loop_dirty "$1" "$2")
	look "$SCRATCH/before"
	[ "$(found photorec)" -ge 40 ]
	[ "$(found foremost)" -ge 40 ]
	[ "$(found markers)" -ge 60 ]
}

# nothing_is_left KIND MIB BLKID DELETED FILES: what blkid calls it, and how many deleted and other files sleuthkit lists at least, or none.
nothing_is_left() {
	dirty "$1" "$2"
	[ "$(found blkid)" = "$3" ]
	at_least fls-deleted "$4"
	at_least fls-all "$5"
	lab_certificate "$loop"
	look "$SCRATCH/after"
	[ "$(found blkid)" = none ]
	[ "$(found partitions)" = 0 ]
	[ "$(found fls-deleted)" = none ]
	[ "$(found fls-all)" = none ]
	[ "$(found fsstat)" = none ]
	[ "$(found wipefs)" = 0 ]
	[ "$(found markers)" = 0 ]
	# Carvers look for beginnings of files of a few bytes, and now and then random bytes look so: about one such find in ten media of 64 MiB.
	# It is nothing that was ever on the medium.
	[ "$(found photorec)" -le 2 ]
	[ "$(found foremost)" -le 2 ]
	[ -z "$(comm -12 "$SCRATCH/before" "$SCRATCH/after")" ]
}

# at_least NAME N|none
at_least() {
	if [ "$2" = none ]; then
		[ "$(found "$1")" = none ]
	else
		[ "$(found "$1")" -ge "$2" ]
	fi
}

# a_format_leaves_it KIND MIB: the negative control.  What a quick format leaves behind is seen by those who look here.
a_format_leaves_it() {
	dirty "$1" "$2"
	"$ROOT/tests/mkdirty.py" --format "$1" "$(loop_file "$loop")"
	look "$SCRATCH/after"
	[ "$(found photorec)" -ge 40 ]
	[ "$(found foremost)" -ge 40 ]
	[ "$(found markers)" -ge 60 ]
	[ "$(comm -12 "$SCRATCH/before" "$SCRATCH/after" | wc -l)" -ge 40 ]
}

@test "FAT32: dozens of files are recovered before the wipe, none after" {
	nothing_is_left fat 34 vfat 30 30
}

@test "exFAT: dozens of files are recovered before the wipe, none after" {
	nothing_is_left exfat 16 exfat,dos 30 30
}

@test "NTFS: dozens of files are recovered before the wipe, none after" {
	nothing_is_left ntfs 16 ntfs 30 30
}

@test "ext4: dozens of files are recovered before the wipe, none after" {
	nothing_is_left ext4 16 ext4 30 30
}

# Its last session lists no deleted files; the carvers find them in the ones before.
@test "ISO 9660: dozens of files are recovered before the wipe, none after" {
	nothing_is_left iso 16 iso9660 0 30
}

@test "UDF: dozens of files are recovered before the wipe, none after" {
	nothing_is_left udf 48 udf none none
}

@test "two partitions: dozens of files are recovered before the wipe, none after" {
	nothing_is_left gpt 44 gpt,vfat,ext4 60 60
}

@test "FAT32: a quick format leaves everything for those who look" {
	a_format_leaves_it fat 34
}

@test "exFAT: a quick format leaves everything for those who look" {
	a_format_leaves_it exfat 16
}

@test "NTFS: a quick format leaves everything for those who look" {
	a_format_leaves_it ntfs 16
}

@test "ext4: a quick format leaves everything for those who look" {
	a_format_leaves_it ext4 16
}

@test "ISO 9660: a quick blank leaves everything for those who look" {
	a_format_leaves_it iso 16
}

@test "UDF: a quick format leaves everything for those who look" {
	a_format_leaves_it udf 48
}

@test "a wipe with zeros leaves carvers nothing at all" {
	loop=$(loop_dirty fat 34)
	lab_certificate "$loop" --scheme zero
	look "$SCRATCH/after"
	[ "$(found photorec)" = 0 ]
	[ "$(found foremost)" = 0 ]
	[ "$(found markers)" = 0 ]
	[ "$(found blkid)" = none ]
}
