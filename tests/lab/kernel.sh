#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kernel.sh: Debian's full kernel, fetched by package name and unpacked (not installed) into a cache outside the tree; prints the folder that holds
#   vmlinux       the ELF kernel, which qemu starts directly (PVH), so that the guest does not spend seconds on unpacking itself
#   initrd.cpio   what mounts this machine's root, read-only, as the guest's
#   lib/modules   for the guest
# CERTWIPE_LAB_CACHE names another cache.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${CERTWIPE_LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/certwipe-lab}
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # guests start two at a time

package=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image-[0-9]/ { print $2; exit }')
if [ -z "$package" ]; then # no package lists: what was fetched once will do
	package=$(find "$cache" -mindepth 2 -maxdepth 2 -name complete -printf '%h\n' | sort -V | tail -1)
	package=${package##*/}
fi
[ -n "$package" ] || { echo "kernel.sh: found no package linux-image-amd64 in apt's lists and no kernel in $cache.  Run: apt-get update" >&2; exit 1; }
kernel=$cache/$package

if [ ! -e "$kernel/complete" ]; then
	rm -rf "$kernel"
	mkdir -p "$kernel"
	cd "$kernel"
	fetch() { apt-get -o APT::Sandbox::User=root download -q "$package" >&2; }
	fetch || { apt-get update -q >&2 && fetch; } # lists that are older than the archive
	dpkg-deb -x "$package"_*.deb .
	rm -f "$package"_*.deb
	release=$(ls lib/modules)
	depmod -b "$kernel" "$release"
	"$here/vmlinux.py" "boot/vmlinuz-$release" vmlinux
	touch complete
fi
if [ ! -e "$kernel/initrd.cpio" ] || [ "$here/initrd.sh" -nt "$kernel/initrd.cpio" ]; then
	"$here/initrd.sh" "$kernel" "$kernel/initrd.cpio.new"
	mv "$kernel/initrd.cpio.new" "$kernel/initrd.cpio"
fi
echo "$kernel"
