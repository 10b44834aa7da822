#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# deps.sh [GROUP...]: installs what tests/packages.txt names and this machine lacks.  Without a group: all of them.
set -euo pipefail
cd "$(dirname "$0")"
groups=" ${*:-build demo test lab} "

# shellcheck disable=SC1091
. /etc/os-release
case " $ID ${ID_LIKE:-} " in
*' ubuntu '*) column=3 ;;
*' debian '*) column=2 ;;
*' fedora '*) column=4 ;;
*) column=2 ;;
esac

wanted=$(awk -v groups="$groups" -v column="$column" \
	'!/^#/ && NF && index(groups, " " $1 " ") && $column != "-" { print $column }' packages.txt)

has() {
	case $column in
	4) rpm -q --quiet "$1" ;;
	*) dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed ;;
	esac
}

missing=()
for package in $wanted; do
	has "$package" || missing+=("$package")
done
if [ ${#missing[@]} = 0 ]; then
	echo "deps: all there"
	exit
fi

if [ $column = 4 ] || ! command -v apt-get >/dev/null; then
	echo "deps: missing: ${missing[*]}.  Install them with this distribution's package manager." >&2
	exit 1
fi
if [ "$(id -u)" != 0 ]; then
	echo "deps: missing: ${missing[*]}.  Run as root: apt-get install ${missing[*]}" >&2
	exit 1
fi
echo "deps: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
