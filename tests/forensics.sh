#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# forensics.sh IMAGE [SUMS]: what independent tools still find on it, one "name count" a line.  SUMS gets the SHA-256 of each file that they carve out.
image=$(realpath "$1")
sums=${2:+$(realpath "$2")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

photorec /log /d "$work/pr" /cmd "$image" partition_none,options,paranoid,fileopt,everything,enable,search >photorec.out 2>&1 </dev/null ||
	{ cat photorec.out >&2; exit 1; }
echo "photorec $(find . -path './pr.*' -type f ! -name report.xml | wc -l)"
foremost -Q -i "$image" -o fm >foremost.out 2>&1 || { cat foremost.out >&2; exit 1; }
echo "foremost $(find fm -type f ! -name audit.txt | wc -l)"
echo "fls-deleted $(fls -r -d "$image" 2>/dev/null | wc -l)"
echo "fls-all $(fls -r "$image" 2>/dev/null | grep -c 'r/r')"
echo "fsstat $(fsstat -t "$image" 2>/dev/null || echo none)"
echo "blkid $(blkid -p -o value -s TYPE "$image" || echo none)"
echo "wipefs $(wipefs -n -i "$image" 2>/dev/null | tail -n +2 | wc -l)"
echo "markers $(grep -a -o -F 'TRACE-7f3a91c2-SECRET' "$image" | wc -l)"
[ -z "$sums" ] || find pr.* fm -type f ! -name report.xml ! -name audit.txt -exec sha256sum {} + | cut -d ' ' -f 1 | sort -u >"$sums"
