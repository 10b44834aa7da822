#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# forensics.sh IMAGE [SUMS]: what independent tools still find on it and in its partitions, one "name value" a line.  "none": the tool knows no
# file system there (sleuthkit never knows UDF).  SUMS gets the SHA-256 of each file that the carvers recovered.
image=$(realpath "$1")
sums=${2:+$(realpath "$2")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# fail TOOL FILE: a tool that could not look must not pass for one that found nothing.
fail() {
	cat "$2" >&2
	echo "forensics.sh: $1 failed" >&2
	exit 1
}

# Sectors where something may begin: the whole image and each partition.
begins() {
	echo 0
	mmls "$image" 2>mmls.err | awk '$2 ~ /^[0-9:]+$/ { print $3 + 0 }'
	[ ! -s mmls.err ] || fail mmls mmls.err
}

# sleuth COMMAND...: that command of sleuthkit on each of them, all output in sleuth.out.  Not 0 if it knows none of the file systems.
sleuth() {
	local begin known=1
	: >sleuth.out
	for begin in $begins; do
		if "$@" -o "$begin" "$image" >>sleuth.out 2>sleuth.err; then
			known=0
		elif ! grep -q -e '^Cannot determine file system type' -e '^Possible encryption detected' sleuth.err; then
			fail "$1" sleuth.err
		fi
	done
	return $known
}

# Types of file systems and partition tables, by blkid.
types() {
	local begin
	for begin in $begins; do
		blkid -p -O $((begin * 512)) -o value -s TYPE -s PTTYPE "$image" 2>blkid.err
		case $? in
		0 | 2) ;;
		8) echo ambivalent ;;
		*) fail blkid blkid.err ;;
		esac
	done
}

joined() {
	paste -s -d , "$1" | grep . || echo none
}

photorec /log /d "$work/pr" /cmd "$image" partition_none,options,paranoid,fileopt,everything,enable,search >photorec.out 2>&1 </dev/null ||
	fail photorec photorec.out
echo "photorec $(find . -path './pr.*' -type f ! -name report.xml | wc -l)"
foremost -Q -i "$image" -o fm >foremost.out 2>&1 || fail foremost foremost.out
echo "foremost $(find fm -type f ! -name audit.txt | wc -l)"
begins=$(begins) || exit 1
types >types.out || exit 1
echo "blkid $(joined types.out)"
echo "partitions $(($(wc -w <<<"$begins") - 1))"
sleuth fls -r -d && deleted=$(wc -l <sleuth.out)
echo "fls-deleted ${deleted:-none}"
sleuth fls -r && all=$(grep -c 'r/r' sleuth.out)
echo "fls-all ${all:-none}"
sleuth fsstat -t || :
echo "fsstat $(joined sleuth.out)"
wipefs -n -i "$image" >wipefs.out 2>wipefs.err || fail wipefs wipefs.err
echo "wipefs $(wc -l <wipefs.out)"
echo "markers $(grep -a -o -F 'TRACE-7f3a91c2-SECRET' "$image" | wc -l)"
[ -z "$sums" ] || find pr.* fm -type f ! -name report.xml ! -name audit.txt -exec sha256sum {} + | cut -d ' ' -f 1 | sort -u >"$sums"
