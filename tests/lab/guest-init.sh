#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# PID 1 of the guest: udev, then an agent that runs the scripts which the host names on a virtio-serial port.  The scripts and their output lie in the share /lab.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
mkdir -p /dev/pts /dev/shm /run/udev /run/lock
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
echo 0 >/proc/sys/kernel/printk_ratelimit
hostname lab
ip link set lo up 2>/dev/null

# A rule of hdparm's package runs a shell script for each disk, which sets nothing here.
mkdir -p /run/udev/rules.d && ln -s /dev/null /run/udev/rules.d/85-hdparm.rules
/lib/systemd/systemd-udevd --daemon
echo 2000 >/sys/module/block/parameters/events_dfl_poll_msecs # as desktops do: else a card that is put into a reader is not noticed
# Only what matters here: pci loads the drivers by alias, the rest follows.  Triggering every device costs 9 s on an emulated processor.
udevadm trigger --action=add --subsystem-match=pci --subsystem-match=virtio --subsystem-match=usb
for module in sd_mod sr_mod sg loop; do modprobe $module & done
wait
udevadm settle --timeout=60
udevadm trigger --action=add --subsystem-match=block --subsystem-match=scsi_generic --subsystem-match=misc
udevadm settle --timeout=60
for interface in /sys/class/net/*; do # the host is 10.0.2.2, where a test asks for a network
	interface=${interface##*/}
	[ "$interface" = lo ] && continue
	ip link set "$interface" up
	ip addr add 10.0.2.15/24 dev "$interface"
done

port() {
	for p in /sys/class/virtio-ports/*; do
		[ "$(cat "$p/name" 2>/dev/null)" = "$1" ] && echo "/dev/${p##*/}"
	done
}
exec 3<"$(port lab.commands)" 4>"$(port lab.results)"
echo READY >&4
while read -r id <&3; do
	( # the script in this shell: a program of its own would take an emulated processor longer than most scripts
		# shellcheck source=/dev/null
		(. "/lab/$id.sh") >"/lab/$id.out" 2>"/lab/$id.err" </dev/null 3<&- 4>&-
		echo "$id $?" >&4
	) &
done
