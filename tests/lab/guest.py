# SPDX-License-Identifier: Apache-2.0
"""A guest: Debian's kernel in qemu (plain emulation, no KVM) on this machine's root, with a command agent and hot-plug.

    guest = Guest("build/lab/example")
    guest.start()
    print(guest.run("lsblk").out)
    guest.power_cut()
"""
import json
import os
import queue
import shutil
import socket
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BOOT_S = 180  # a busy machine needs 40
MEMORY_MIB = 1024

# A guest that has to wait for a processor while it measures its time stamp counter has a clock that runs several times too fast from then on, and every time limit strikes
# too early.  The timer of ACPI needs no measuring.
KERNEL_OPTIONS = ("console=ttyS0 quiet loglevel=4 mitigations=off nokaslr audit=0 clocksource=acpi_pm no_timer_check apparmor=0 random.trust_cpu=on "
                  "rdinit=/init panic=-1 net.ifnames=0 usb_storage.delay_use=0 init_on_alloc=0 "
                  "norandmaps")  # qemu translates a program anew at each address where it sees it: half of the time of short commands


# No vector units beyond what OpenSSL's AES takes: qemu emulates the wider ones more slowly than the code that does without.
CPU = "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+aes,+pclmulqdq,+rdrand"


def kernel_folder():
    return subprocess.check_output([HERE + "/kernel.sh"], text=True).strip()


class Result:
    """What a script in the guest left; rc None: it still runs."""

    def __init__(self, rc, out, err):
        self.rc, self.out, self.err = rc, out, err

    def __repr__(self):
        return "exit %s\n%s%s" % (self.rc, self.out, self.err)


class Qmp:
    """qemu's monitor.  One command at a time; events are kept until somebody waits for them."""

    def __init__(self, path):
        self.lock = threading.Lock()
        self.events = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.buffer = b""
        self.read(None)
        self.cmd("qmp_capabilities")

    def read(self, deadline):
        """Next message, or None when the time is up.  Not through makefile(): that loses data at a timeout."""
        while b"\n" not in self.buffer:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                return None
            if not data:
                raise EOFError("qemu is gone")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def cmd(self, name, **arguments):
        arguments = {k.replace("_", "-"): v for k, v in arguments.items()}
        with self.lock:
            self.socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
            while True:
                message = self.read(None)
                if "event" in message:
                    self.events.append(message)
                elif "error" in message:
                    raise RuntimeError("%s: %s" % (name, message["error"]["desc"]))
                else:
                    return message["return"]

    def wait_event(self, name, timeout_s=20, **match):
        deadline = time.monotonic() + timeout_s
        with self.lock:
            while True:
                for i, message in enumerate(self.events):
                    if message["event"] == name and all(message["data"].get(k) == v for k, v in match.items()):
                        del self.events[i]
                        return message
                message = self.read(deadline)
                if message is None:
                    raise TimeoutError("qemu did not tell %s %s" % (name, match))
                if "event" in message:
                    self.events.append(message)


class Guest:
    """work: folder for sockets, console and share.  devices: further qemu arguments (media that cannot be hot-plugged).  network: the host is 10.0.2.2."""

    def __init__(self, work, devices=(), options="", network=False, memory_mib=MEMORY_MIB):
        self.work = os.path.abspath(work)
        self.share = self.work + "/share"
        self.devices, self.options, self.memory_mib = list(devices), options, memory_mib
        if network:
            self.devices += ["-netdev", "user,id=n0,restrict=off", "-device", "virtio-net-pci,netdev=n0,romfile="]
        self.jobs = {}
        self.n_jobs = 0
        self.process = None
        os.makedirs(self.share, exist_ok=True)

    # ---- life

    def start(self):
        """Boots; the share and the images are what they were, so that this is also the way back from a power cut."""
        for name in ("qmp", "commands", "results"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))
        shutil.copy(HERE + "/guest-init.sh", self.share)
        with open(self.work + "/qemu.log", "w") as log:
            self.process = subprocess.Popen(self.arguments(kernel_folder()), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.qmp = self.connected(lambda: Qmp(self.path("qmp")))
        self.commands = self.connected(lambda: self.port("commands"))
        self.results = self.connected(lambda: self.port("results"))
        self.ready = threading.Event()
        threading.Thread(target=self.listen, args=(self.results,), daemon=True).start()
        if not self.ready.wait(BOOT_S):
            self.power_cut()
            raise TimeoutError("the guest did not boot\n" + self.console())
        return self

    def path(self, name):
        return "%s/%s.sock" % (self.work, name)

    def arguments(self, kernel):
        def share(path, tag, options=""):
            return ["-virtfs", "local,path=%s,mount_tag=%s,security_model=none%s" % (path, tag, options)]

        def port(name):
            return ["-chardev", "socket,id=%s,path=%s,server=on,wait=off" % (name, self.path(name)), "-device", "virtserialport,chardev=%s,name=lab.%s" % (name, name)]

        return (["qemu-system-x86_64", "-machine", "q35,accel=tcg,usb=off,vmport=off,hpet=off", "-cpu", CPU, "-smp", "1", "-m", str(self.memory_mib),
                 "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                 "-kernel", kernel + "/vmlinux", "-initrd", kernel + "/initrd.cpio", "-append", KERNEL_OPTIONS + " " + self.options,
                 "-serial", "file:" + self.work + "/console.log", "-qmp", "unix:%s,server=on,wait=off" % self.path("qmp")]
                + share("/", "hostroot", ",readonly=on,multidevs=remap") + share(kernel + "/lib/modules", "modules", ",readonly=on") + share(self.share, "lab")
                + ["-device", "virtio-serial-pci"] + port("commands") + port("results")
                + ["-device", "qemu-xhci,id=xhci,p2=8,p3=8", "-device", "usb-ehci,id=ehci", "-device", "virtio-scsi-pci,id=vscsi", "-device", "virtio-rng-pci"]
                + self.devices)

    def connected(self, connect):
        for _ in range(1000):
            try:
                return connect()
            except OSError:
                if self.process.poll() is not None:
                    with open(self.work + "/qemu.log") as f:
                        raise RuntimeError("qemu ended: " + f.read())
                time.sleep(0.02)
        raise TimeoutError("qemu does not answer")

    def port(self, name):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.path(name))
        return s

    def listen(self, results):
        try:
            for line in results.makefile("r"):
                words = line.split()
                if words == ["READY"]:
                    self.ready.set()
                elif len(words) == 2 and words[0] in self.jobs:
                    self.jobs[words[0]].put(int(words[1]))
        except OSError:
            pass  # the power was cut

    def power_cut(self):
        """The guest loses what is not on an image."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
        for s in (self.qmp.socket, self.commands, self.results) if hasattr(self, "results") else ():
            s.close()

    def console(self):
        try:
            with open(self.work + "/console.log", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    # ---- commands

    def spawn(self, script):
        """Starts a shell script in the guest; wait() gives its result."""
        self.n_jobs += 1
        name = "j%d" % self.n_jobs
        with open("%s/%s.sh" % (self.share, name), "w") as f:
            f.write(script + "\n")
        self.jobs[name] = queue.Queue()
        self.commands.sendall((name + "\n").encode())
        return name

    def wait(self, name, timeout_s=120):
        try:
            rc = self.jobs[name].get(timeout=timeout_s)
        except queue.Empty:
            rc = None
        out, err = ("%s/%s.%s" % (self.share, name, end) for end in ("out", "err"))
        return Result(rc, slurp(out), slurp(err))

    def run(self, script, timeout_s=120):
        result = self.wait(self.spawn(script), timeout_s)
        if result.rc is None:
            raise TimeoutError("after %d s the guest still runs: %s\n%s" % (timeout_s, script, result))
        return result

    # ---- hot-plug of what plain qemu emulates; simulated media: sim/usb.py

    def add_image(self, node, path, **options):
        self.qmp.cmd("blockdev-add", driver="raw", node_name=node, file={"driver": "file", "filename": os.path.abspath(path)}, **options)

    def remove(self, device, node=None):
        """Pulls a device that was added with device_add."""
        self.qmp.cmd("device_del", id=device)
        self.qmp.wait_event("DEVICE_DELETED", device=device)
        if node:
            self.qmp.cmd("blockdev-del", node_name=node)


def slurp(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def image_device(node, path, device, read_only=False):
    """qemu arguments for a medium that is there from the start."""
    return ["-blockdev", "driver=raw,node-name=%s,read-only=%s,file.driver=file,file.filename=%s,discard=unmap" % (node, "on" if read_only else "off", os.path.abspath(path)),
            "-device", "%s,drive=%s" % (device, node)]
