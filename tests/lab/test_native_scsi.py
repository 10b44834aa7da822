#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# has a guest of its own
# runs in make check-native
"""SAS drives that sanitise or format themselves: told by certwipe over a host adapter, and what they say is not believed alone.  The simulator's own log has what was sent."""
import json
import time

from bench import MIB, Stick, main, make_file, test
from guest import MEMORY_MIB
from sim.flash import Flash
from sim.sas import Sas
from sim.tcg import Tper
from sim.vhost import Adapter

FIRST_TARGET = 16  # below are those of qemu's own adapter
POLLS = ("03000000fc00", "000000000000")
BEGINS = {"scsi_sanitize_block": ("48a20000000000000000", ""), "scsi_sanitize_crypto": ("48a30000000000000000", ""),
          "scsi_sanitize_overwrite": ("48a10000000000000800", "01000004a55a5aa5"), "scsi_format": ("041000000000", "00020000")}
EXIT_FAILURE_MODE = ("481f0000000000000000", "")


class Shelf:
    """The adapter, and what hangs on it.  qemu's own disk beside it answers GOOD to FORMAT UNIT and UNMAP, and erases nothing."""

    def devices(self, work):
        self.adapter = Adapter(work + "/sas.sock").start()
        self.stock = work + "/stock.img"
        make_file(self.stock, 16 * MIB, b"TRACE-7f3a91c2-SECRET\n")
        stock = "driver=raw,node-name=stock,discard=ignore,file.driver=file,file.filename=%s" % self.stock
        return self.adapter.arguments(MEMORY_MIB) + ["-blockdev", stock, "-device", "scsi-hd,bus=vscsi.0,scsi-id=2,drive=stock,vendor=QEMU,product=STOCK,serial=QEMUSTOCK01"]


SHELF = Shelf()


class Bay:
    """How a drive hangs on the adapter; as a link of the bench."""

    def __init__(self, lab, number, sas):
        self.lab, self.number, self.luns = lab, number, [sas]

    @property
    def error(self):
        return SHELF.adapter.error

    def insert(self):
        """Returns when the guest knows the drive."""
        SHELF.adapter.targets[self.number] = self.luns[0]
        before = self.lab.blocks()
        self.lab.guest.run("for h in /sys/class/scsi_host/host*/scan; do echo 0 %d 0 >$h; done" % self.number)
        return self.lab.wait_new(before, 1)

    def unplug(self):
        SHELF.adapter.targets.pop(self.number, None)
        try:
            self.lab.guest.spawn("for d in /sys/bus/scsi/devices/*:0:%d:0/delete; do echo 1 >$d; done" % self.number)
        except OSError:
            pass  # the power was cut


def put_in(lab, number, sas):
    bay = Bay(lab, number, sas)
    stick = Stick("sas%d" % number, sas.serial, bay, [sas.medium], bay, bay.insert())
    stick.sas = sas
    lab.plugged.append(stick)
    lab.links.append(bay)
    return stick


def drive(lab, size=24 * MIB, **settings):
    """A SAS drive; settings are those of sim.sas.Sas."""
    lab.n += 1
    flash = Flash(lab.image(size / MIB), claimed=size, real=size)
    sas = Sas(flash, serial="SAS44C3F%04d" % lab.n, wwn=0x5000C50000000000 + lab.n, **settings)
    return put_in(lab, FIRST_TARGET + lab.n % 200, sas)


def attested(lab):
    lab.n += 1
    with open("%s/attested%d.case" % (lab.guest.share, lab.n), "w") as f:
        f.write("[case]\nunit = Ethics Office\n[crypto-erase]\nattested-by = Chen\nencrypted-from-first-use = yes\nno-key-copies = yes\n")
    return "--case", "/lab/attested%d.case" % lab.n


def sent(stick):
    """As the table shows it."""
    return [cdb + ("+" + data if data else "") for cdb, data in stick.sas.told]


def wipe(lab, stick, technique="scsi_sanitize_block", *options):
    words = ("--technique", technique) if technique else ()
    if technique == "scsi_sanitize_crypto":
        words += attested(lab)
    return lab.wipe(stick, options=words + options)


def row(lab, technique, device, answer, stick):
    lab.technique(technique, device, sent(stick), answer, stick)


def native(answer):
    return answer.evidence()["native"]


# ---- it does as it is told


@test
def what_a_drive_has_is_told(lab):
    stick = drive(lab, sanitize=("block",), wabereq=1)
    told = lab.inspect(stick.node).doc["capabilities"]
    states = {name: told["features"][name]["state"] for name in ("scsi-sanitize-block", "scsi-sanitize-crypto", "scsi-sanitize-overwrite", "scsi-format")}
    assert told["passThrough"] == "yes" and list(states.values()) == ["yes", "no", "no", "yes"], told
    assert not stick.sas.told, stick.sas.told


@test
def the_best_that_a_drive_can_do_is_taken(lab):
    stick = drive(lab, sanitize=("crypto", "block"))
    answer = wipe(lab, stick, None)
    answer.is_certificate()
    row(lab, "scsi_sanitize_block", "as told", answer, stick)
    document = answer.evidence()
    assert document["sanitization"]["technique"] == "scsi_sanitize_block" and answer.result["level"] == "purge", answer
    assert stick.sas.told == [BEGINS["scsi_sanitize_block"]], stick.sas.told
    assert native(answer)["looks"][0]["zerosBytes"] == stick.flash.real, answer


@test
def each_technique_does_what_it_says(lab):
    for technique, level in (("scsi_sanitize_crypto", "purge"), ("scsi_sanitize_overwrite", "purge"), ("scsi_format", "clear")):
        stick = drive(lab)
        answer = wipe(lab, stick, technique)
        answer.is_certificate()
        row(lab, technique, "as told", answer, stick)
        assert answer.result["level"] == level and stick.sas.told == [BEGINS[technique]], (answer, stick.sas.told)
        lab.pull(stick)


@test
def a_disk_without_any_is_overwritten(lab):
    stick = drive(lab, sanitize=(), rotation=7200)
    answer = wipe(lab, stick, None)
    row(lab, "overwrite", "a drive that has FORMAT UNIT only", answer, stick)
    assert not stick.sas.told and answer.evidence()["sanitization"]["technique"] == "overwrite", answer


@test
def a_dry_run_lists_what_is_sent_then(lab):
    for technique, begins in BEGINS.items():
        stick = drive(lab)
        words = ["wipe", stick.node, "--dry-run", "--technique", technique, *(attested(lab) if "crypto" in technique else ())]
        dry = lab.certwipe(*words)
        listed = [(c["requestHex"], c.get("dataOutHex", "")) for c in dry.doc["results"][0]["commands"]]
        assert not stick.sas.told, stick.sas.told
        wipe(lab, stick, technique).is_certificate()
        assert [c for c in listed if c[0] not in POLLS] == stick.sas.told == [begins], (dry, stick.sas.told)
        polled = {cdb.hex() for cdb in stick.sas.journal if cdb[0] in (0x00, 0x03)}
        assert {c[0] for c in listed if c[0] in POLLS} == polled & set(POLLS), (listed, polled)
        lab.pull(stick)


@test
def sense_data_may_have_descriptors(lab):
    stick = drive(lab, descriptors=True, op_secs=3)
    answer = wipe(lab, stick)
    answer.is_certificate()
    row(lab, "scsi_sanitize_block", "sense data with descriptors", answer, stick)


@test
def what_cannot_be_read_afterwards_is_written(lab):
    stick = drive(lab, size=8 * MIB, wabereq=3)
    answer = wipe(lab, stick)
    answer.is_certificate()
    row(lab, "scsi_sanitize_block", "reads fail until it is written, as it says", answer, stick)
    assert answer.evidence()["verification"]["method"] == "full" and native(answer)["looks"][0]["errorBytes"], answer


@test
def a_drive_without_the_flag_for_its_failure_mode_is_told_without_it(lab):
    stick = drive(lab, sanitize_exits=False)
    answer = wipe(lab, stick)
    answer.is_certificate()
    row(lab, "scsi_sanitize_block", "knows no AUSE", answer, stick)
    assert [cdb for cdb, _ in stick.sas.told] == ["48a20000000000000000", "48820000000000000000"], stick.sas.told


@test
def a_policy_may_ask_for_the_key_and_then_the_cells_and_then_an_overwrite(lab):
    stick = drive(lab, size=8 * MIB)
    policy = lab.guest.run("""mkdir -p %s/policy
sed -e 's/^id = default/id = thrice/' -e 's/^.case.$/[native]\\nkey-first = yes\\nthen-overwrite = yes\\n[case]/' /lab/certwipe/share/policy/default.policy >%s/policy/thrice.policy""" % (lab.state, lab.state))
    assert not policy.rc, policy
    dry = lab.certwipe("wipe", stick.node, "--dry-run", "--technique", "scsi_sanitize_block", "--policy", "thrice")
    answer = wipe(lab, stick, "scsi_sanitize_block", "--policy", "thrice")
    answer.is_certificate()
    row(lab, "scsi_sanitize_block", "its key is changed first, and it is overwritten then, as a policy asks", answer, stick)
    told = [BEGINS["scsi_sanitize_crypto"], BEGINS["scsi_sanitize_block"]]
    assert stick.sas.told == told == [(c["requestHex"], c.get("dataOutHex", "")) for c in dry.doc["results"][0]["commands"] if c["requestHex"] not in POLLS], (stick.sas.told, dry)
    document = answer.evidence()
    assert document["native"]["first"]["state"] == "succeeded" and document["verification"]["method"] == "full", document
    assert answer.result["level"] == "purge", answer


# ---- liars


@test
def drives_that_only_say_so_are_found_out(lab):
    for technique in BEGINS:
        stick = drive(lab, sanitize_lies=True)
        answer = wipe(lab, stick, technique)
        row(lab, technique, "liar: it says that it did, and no cell has changed", answer, stick)
        answer.is_report(6)
        assert "markers" in answer.reason and stick.sas.told == [BEGINS[technique]], answer
        lab.pull(stick)


@test
def a_region_that_was_left_out_is_found(lab):
    for technique in ("scsi_sanitize_block", "scsi_format"):
        stick = drive(lab, sanitize_keeps=(11 * MIB + 512, 11 * MIB + 1024))
        answer = wipe(lab, stick, technique)
        row(lab, technique, "liar: one block is left out", answer, stick)
        answer.is_report(6)
        assert native(answer)["looks"][0]["notAllowedBytes"] == 512, answer
        lab.pull(stick)


# ---- failures and refusals


@test
def a_failure_is_one_and_the_drive_is_opened_again(lab):
    stick = drive(lab, sanitize_fails=True)
    answer = wipe(lab, stick)
    row(lab, "scsi_sanitize_block", "failure: it says that it failed", answer, stick)
    answer.is_report(6)
    assert "made usable again" in answer.reason, answer
    assert stick.sas.told == [BEGINS["scsi_sanitize_block"], EXIT_FAILURE_MODE] and not stick.sas.failed, stick.sas.told
    stick.sas.sanitize_fails = False
    wipe(lab, stick).is_certificate()


@test
def a_drive_that_stays_in_its_failure_mode_is_told_with_the_way_out(lab):
    stick = drive(lab, sanitize_fails=True, sanitize_exits=False)
    answer = wipe(lab, stick)
    row(lab, "scsi_sanitize_block", "failure: it says that it failed, and has no exit from its failure mode", answer, stick)
    answer.is_report(6)
    assert "sg_sanitize" in answer.reason and stick.sas.failed, answer
    assert any("sg_sanitize" in line.get("detail", "") for line in journal(lab, answer)), answer
    lab.guest.run("blockdev --rereadpt %s; true" % stick.node)  # as udev may do: the drive shows no size then
    told = lab.inspect(stick.node).doc["capabilities"]
    assert told["sanitizing"] == "failed" and "sg_sanitize" in told["features"]["scsi-sanitize-block"]["why"], told


@test
def a_format_that_fails_is_told_with_the_way_out(lab):
    stick = drive(lab, sanitize_fails=True)
    answer = wipe(lab, stick, "scsi_format")
    row(lab, "scsi_format", "failure: it says that it failed", answer, stick)
    answer.is_report(6)
    assert "sg_format" in answer.reason and any("sg_format" in line.get("detail", "") for line in journal(lab, answer)), answer


@test
def what_refuses_is_told_and_nothing_is_lost(lab):
    stick = drive(lab)

    def refuses(target, cdb, data):
        target.told.append((cdb[:10].hex(), data.hex()))
        target.hooks.pop(cdb[0])
        stick.sas.sanitize = ()  # another host has changed it meanwhile
        return target.dispatch(cdb, data)

    stick.sas.hooks[0x48] = refuses
    answer = wipe(lab, stick)
    row(lab, "scsi_sanitize_block", "refusal: it refuses what it said that it has", answer, stick)
    answer.is_report(7)
    assert "refused" in answer.reason, answer


@test
def what_a_drive_does_not_have_is_refused(lab):
    stick = drive(lab, sanitize=("overwrite",))
    answer = wipe(lab, stick, "scsi_sanitize_block")
    row(lab, "scsi_sanitize_block", "refusal: it does not have it", answer, stick)
    answer.refused(3, "does not have it")
    assert not stick.sas.told, stick.sas.told


# ---- interruptions


def journal(lab, answer):
    with open(answer.folder + "/journal.jsonl") as f:
        return [json.loads(line) for line in f]


def wait_until_told(stick):
    for _ in range(600):
        if stick.sas.told:
            return
        time.sleep(.1)
    raise TimeoutError("the drive was not told: %r" % stick.sas.journal[-10:])


def begin(lab, stick, technique):
    spawned = lab.spawn_wipe(stick, options=("--technique", technique))
    wait_until_told(stick)
    time.sleep(2)
    return spawned


def resume(lab, stick, *words):
    """udev looks at a disk that was let go of, and holds it for as long as a drive that is busy does not answer reads."""
    for _ in range(20):
        answer = lab.certwipe("resume", *words)
        if answer.exit != 5:
            break
        time.sleep(2)
    answer.media = [stick]
    return answer


@test
def stopped_it_runs_on_and_is_gone_on_with(lab):
    """While it is at it the drive answers no READ CAPACITY, and the kernel asks when udev looks at a drive that was let go of: that may come first, or the resume."""
    for technique, words in (("scsi_sanitize_block", "goes on with that"), ("scsi_format", "resume the job")):
        stick = drive(lab, op_secs=40)
        spawned = begin(lab, stick, technique)
        lab.guest.run("pkill -INT -x certwipe; true")
        answer = lab.wait_wipe(spawned)
        row(lab, technique, "interruption: SIGINT while it is at it", answer, stick)
        answer.is_report(7)
        assert words in answer.reason and native(answer)["state"] == "running", answer
        resumed = resume(lab, stick)
        if resumed.exit == 4:
            resumed.refused(4, "does not show its size")
            time.sleep(stick.sas.left())
            stick.sas.op_secs = 2
            lab.guest.run("blockdev --rereadpt %s; udevadm settle" % stick.node)
            resumed = resume(lab, stick)
        resumed.is_certificate()
        row(lab, technique, "interruption: gone on with after SIGINT, or told again where it had ended unwatched", resumed, stick)
        assert set(stick.sas.told) == {BEGINS[technique]} and len(stick.sas.told) in (1, 2), stick.sas.told
        lab.pull(stick)


@test
def a_command_that_a_reset_loses_is_sent_again(lab):
    for technique in ("scsi_sanitize_block", "scsi_format"):
        stick = drive(lab, op_secs=12, forgets=True)
        spawned = begin(lab, stick, technique)
        stick.sas.op_secs = 2
        stick.sas.reset()
        answer = lab.wait_wipe(spawned)
        answer.is_certificate()
        row(lab, technique, "interruption: reset while it is at it, and it loses it", answer, stick)
        assert stick.sas.told == 2 * [BEGINS[technique]], stick.sas.told
        lab.pull(stick)


def cut_power(lab, stick, technique):
    """Of the station and the drive; both come back."""
    begin(lab, stick, technique)
    number, sas = stick.bot.number, stick.sas
    lab.guest.power_cut()
    sas.power_off()
    lab.restart()
    return number, sas


@test
def a_power_cut_while_it_is_at_it(lab):
    """While it is at it the drive does not tell its size to the kernel, which looks once: so it is put in again when it has ended."""
    stick = drive(lab, op_secs=20)
    number, sas = cut_power(lab, stick, "scsi_sanitize_block")
    time.sleep(sas.left())
    again = put_in(lab, number, sas)
    answer = resume(lab, again, lab.certwipe("jobs").doc["jobs"][-1]["jobId"])
    row(lab, "scsi_sanitize_block", "interruption: power cut while it is at it, and it goes on", answer, again)
    answer.is_certificate()
    assert sas.told == 2 * [BEGINS["scsi_sanitize_block"]], sas.told


@test
def a_format_cut_off_by_a_power_cut_is_told_with_the_way_out(lab):
    stick = drive(lab, op_secs=20, forgets=True)
    number, sas = cut_power(lab, stick, "scsi_format")
    assert sas.unformatted
    job = lab.certwipe("jobs").doc["jobs"][-1]["jobId"]
    closed = lab.certwipe("resume", job, "--close", "--reason", "'The power was cut.'")
    closed.media = [stick]
    closed.is_report(7)
    assert "sg_format" in closed.reason, closed
    sas.begin("format", b"\0")  # what sg_format would do
    time.sleep(sas.left())
    again = put_in(lab, number, sas)
    answer = wipe(lab, again, "scsi_format")
    row(lab, "scsi_format", "interruption: power cut while it is at it, formatted by hand, wiped anew", answer, again)
    answer.is_certificate()


# ---- qemu's own disk

SEND = """import ctypes, fcntl, os, struct, sys
node, cdb, data = sys.argv[1], bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3])
c, d, s = ctypes.create_string_buffer(cdb), ctypes.create_string_buffer(data), ctypes.create_string_buffer(64)
h = bytearray(struct.pack("=iiBBHIQQQIIiQ", ord("S"), -2, len(cdb), 64, 0, len(data), ctypes.addressof(d), ctypes.addressof(c), ctypes.addressof(s), 60000, 0, 0, 0) + bytes(24))
fd = os.open(node, os.O_RDWR)
fcntl.ioctl(fd, 0x2285, h)
print("status", h[64], "host", struct.unpack_from("=H", h, 68)[0])
"""


def stock_disk(lab):
    return lab.guest.run("ls -d /sys/bus/scsi/devices/*:0:2:0/block/*").out.strip().rsplit("/", 1)[1]


def holds_old_data(lab):
    lab.guest.run("sync")
    with open(SHELF.stock, "rb") as f:
        return f.read().count(b"SECRET")


@test
def qemu_s_disk_says_good_to_format_and_unmap_and_erases_nothing(lab):
    """What answers GOOD and does nothing is no way to sanitise: it is not offered, and where a drive says that it has it, the look finds out."""
    node = "/dev/" + stock_disk(lab)
    old = holds_old_data(lab)
    with open(lab.guest.share + "/send.py", "w") as f:
        f.write(SEND)
    unmap = "0016" + "0010" + "00000000" + "%016x%08x00000000" % (0, 16 * MIB // 512)
    for cdb, data in ((*BEGINS["scsi_format"],), ("42000000000000001800", unmap)):
        done = lab.guest.run("python3 /lab/send.py %s %s %s" % (node, cdb, data))
        assert "status 0 host 0" in done.out, done
        assert holds_old_data(lab) == old, cdb
    told = lab.inspect(node).doc["capabilities"]["features"]
    assert told["scsi-format"]["state"] != "yes", told
    lab.certwipe("wipe", node, "--technique", "scsi_format", "--dry-run").refused(3, "does not tell which commands it has")
    lab.certwipe("wipe", node, "--technique", "scsi_unmap", "--dry-run").refused(2, "no technique")
    assert holds_old_data(lab) == old
    lab.rows["techniques"].append(["scsi_format", "refusal: qemu's own disk, which answers GOOD and erases nothing", told["scsi-format"]["state"], "nothing", "%d places hold old data" % old, "refused", "none"])
    lab.rows["techniques"].append(["UNMAP", "refusal: qemu's own disk, which answers GOOD and erases nothing", "-", "nothing", "%d places hold old data" % old, "no technique", "none"])


# ---- it encrypts by the rules of TCG


def opal(lab, **settings):
    """A drive that has no other command for it; settings are those of sim.tcg.Tper."""
    lab.n += 1
    flash = Flash(lab.image(24), claimed=24 * MIB, real=24 * MIB)
    sas = Sas(flash, serial="SAS44C3F%04d" % lab.n, wwn=0x5000C50000000000 + lab.n, sanitize=(), tper=Tper(flash, **settings))
    return put_in(lab, FIRST_TARGET + lab.n % 200, sas)


def revert(lab, device, stick):
    answer = lab.wipe(stick, options=("--technique", "tcg_revert", *attested(lab)))
    cdbs = [cdb.hex() for cdb in stick.sas.journal if cdb[0] == 0xB5]  # SECURITY PROTOCOL OUT
    lab.technique("tcg_revert", device, cdbs, answer, stick)
    assert set(cdbs) == {"b50107fe8000000000010000"}, cdbs
    return answer


@test
def a_drive_without_an_owner_is_reverted(lab):
    stick = opal(lab)
    answer = revert(lab, "SAS Opal as it was made", stick)
    answer.is_certificate()
    assert answer.result["level"] == "purge" and stick.sas.tper.reverts == 1, answer


@test
def a_revert_that_kept_the_key_is_found_out(lab):
    answer = revert(lab, "liar: SAS Opal that says that it reverted, and keeps its key", opal(lab, lies=True))
    answer.is_report(6)
    assert "markers" in answer.reason, answer


if __name__ == "__main__":
    main(devices=SHELF.devices)
