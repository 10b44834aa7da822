#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# initrd.sh KERNEL OUT.cpio: busybox and the modules that it takes to use this machine's root, read-only under an overlay, as the guest's.
# Not compressed: an emulated processor is slow at that.  The kernel's command line may say
#   lab.root=DEVICE   file system that takes what the guest writes (the upper layer of its root), instead of memory: then that disk is the guest's root disk
set -euo pipefail
kernel=$1 out=$2
release=$(ls "$kernel/lib/modules")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{bin,modules,dev,proc,sys,host,upper,root}
cp "$(command -v busybox)" "$work/bin/busybox"
ln -s busybox "$work/bin/sh"
n=100
for module in virtio_pci 9pnet_virtio 9p overlay virtio_console virtio_blk ext4; do
	modprobe -d "$kernel" -S "$release" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do # dependencies come first
	n=$((n + 1))
	cp "$file" "$work/modules/$n-$(basename "$file")"
done

# The layers of the overlay stay visible under the new root, as on a live system, or nobody could tell which disk the root lies on.
cat >"$work/init" <<'INIT'
#!/bin/sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
for m in /modules/*; do $b insmod "$m" || echo "lab: insmod $m failed"; done
share=trans=virtio,version=9p2000.L,msize=262144
$b mount -t 9p -o ro,$share,cache=loose hostroot /host || exec $b sh
upper=
for word in $($b cat /proc/cmdline); do
	case $word in lab.root=*) upper=${word#lab.root=} ;; esac
done
if [ -n "$upper" ]; then
	$b mount -t ext4 "$upper" /upper || exec $b sh
else
	$b mount -t tmpfs upper /upper
fi
$b mkdir -p /upper/up /upper/work
$b mount -t overlay -o lowerdir=/host,upperdir=/upper/up,workdir=/upper/work overlay /root
cd /root
$b mkdir -p host upper lab lib/modules
for d in proc sys dev host upper; do $b mount --move /$d /root/$d; done
$b mount -t tmpfs tmp run
$b mount -t tmpfs tmp tmp
$b mount -t 9p -o $share,cache=none lab /root/lab
$b mount -t 9p -o ro,$share,cache=loose modules usr/lib/modules
exec $b switch_root /root /bin/sh /lab/guest-init.sh
INIT
chmod +x "$work/init"
(cd "$work" && find . | cpio -o -H newc --quiet) >"$out"
