#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What drives can do by themselves: a SATA drive behind a USB bridge is asked, and asked nothing that changes anything; then it is told to, and what it says is not believed alone."""
import json
import time

from bench import MIB, main, test
from sim.ata import Ata
from sim.flash import Flash
from sim.scsi import ATA_PAGE, ATA_PASS_THROUGH_12, ATA_PASS_THROUGH_16, Disk
from sim.usb import Bot

# ACS-4: IDENTIFY DEVICE, READ LOG EXT, SMART, SANITIZE DEVICE, READ NATIVE MAX ADDRESS EXT, GET NATIVE MAX ADDRESS EXT, DEVICE CONFIGURATION, CHECK POWER MODE;
# of some only with these features.
READING = {0xEC: None, 0x2F: None, 0xB0: (0xD0, 0xDA, 0xD5), 0xB4: (0,), 0x27: None, 0x78: (0,), 0xB1: (0xC2,), 0xE5: None, 0xA1: None}


CAP_SYS_RAWIO = 1 << 17


def drive(lab, size=24 * MIB, real=None, ssd=True, **settings):
    """A drive in a USB case; settings are those of sim.ata.Ata."""
    lab.n += 1
    serial = "ATA44C3F%04d" % lab.n
    flash = Flash(lab.image((real or size) / MIB), claimed=size, real=real or size)
    ata = Ata(flash, native=(real or size) // 512, serial=serial, ssd=ssd, **settings)
    disk = Disk(flash, vendor="ASMT", product="2115", removable=False, serial=serial, ata=ata, vpd=Disk.vpd + (ATA_PAGE,))
    stick = lab.plug(Bot([disk], vid=0x174C, pid=0x55AA, maker="ASMT", product="2115", serial=serial), serial)
    stick.ata = ata
    return stick


def told_to_sanitise(ata):
    return [c for c in ata.log if c[0] == 0xB4 and c[1]]


def feature(answer, name):
    told = answer.doc["capabilities"]["features"].get(name, {})
    return told.get("state"), told.get("why", "")


def changes(ata):
    """Commands of the drive's journal that do more than read."""
    return [c for c in ata.log if c[0] not in READING or (READING[c[0]] is not None and c[1] not in READING[c[0]])]


@test
def a_drive_behind_a_bridge_tells_what_it_can_do(lab):
    stick = drive(lab)
    answer = lab.inspect(stick.node)
    told = answer.doc["capabilities"]
    assert told["asked"] and told["passThrough"] == "yes", answer
    assert told["drive"]["serial"]["text"] == stick.ata.serial and told["drive"]["model"]["text"] == stick.ata.model, answer
    for method in ("crypto", "block", "overwrite"):
        assert feature(answer, "ata-sanitize-" + method)[0] == "yes", answer
    assert feature(answer, "ata-erase")[0] == "no" and "SATA port" in feature(answer, "ata-erase")[1], answer
    assert told["hidden"]["state"] == answer.doc["medium"]["hidden"]["state"] == "none", answer
    assert told["sanitizing"] == "never", answer
    assert not changes(stick.ata), changes(stick.ata)
    text = lab.guest.run("certwipe inspect %s" % stick.node)
    assert "ATA SANITIZE, block erase: yes (IDENTIFY DEVICE word 59: f000h)" in text.out and stick.ata.serial not in text.out, text


@test
def what_it_answered_can_be_given_away(lab):
    """With a bug report: every answer, and nothing that names the drive, be it with the bytes of each word swapped."""
    stick = drive(lab)
    answer = lab.certwipe("inspect", stick.node, "--capture", "/lab/capture%d.json" % lab.n, "--mask-serials")
    assert not answer.exit, answer
    with open("%s/capture%d.json" % (lab.guest.share, lab.n)) as f:
        text = f.read()
    capture = json.loads(text)
    told, swapped = capture["told"]["capabilities"], "".join(b + a for a, b in zip(stick.ata.serial[::2], stick.ata.serial[1::2]))
    assert told["features"] == answer.doc["capabilities"]["features"] and told["drive"]["model"]["text"] == stick.ata.model, (told, answer)
    assert any(a["requestHex"].startswith("85") and "dataInHex" in a for a in capture["seen"]["answers"]), capture["seen"]["answers"]
    for serial in (stick.ata.serial, swapped):
        assert serial not in text and serial.encode().hex() not in text, serial
    assert not changes(stick.ata), changes(stick.ata)


@test
def what_stands_against_it_is_told(lab):
    frozen = lab.inspect(drive(lab, sanitize_frozen=True).node)
    state, why = feature(frozen, "ata-sanitize-block")
    assert state == "no" and "frozen" in why and "plug it in again" in why, frozen
    without = lab.inspect(drive(lab, sanitize=("crypto",)).node)
    assert feature(without, "ata-sanitize-block")[0] == "no" and feature(without, "ata-sanitize-crypto")[0] == "yes", without


@test
def a_hidden_area_is_found_with_its_size(lab):
    answer = lab.inspect(drive(lab, size=20 * MIB, real=24 * MIB).node)
    hidden = answer.doc["medium"]["hidden"]
    assert hidden["state"] == "present" and hidden["bytes"] == 4 * MIB, answer


@test
def behind_a_bridge_no_hidden_area_is_opened_and_no_password_is_set(lab):
    """Two commands that belong together may be torn apart there, and one that blocks for hours may end in a reset."""
    stick = drive(lab, size=20 * MIB, real=24 * MIB, sanitize=())
    plan = lab.certwipe("plan", stick.node)
    assert plan.doc["plan"]["technique"] == "overwrite" and plan.doc["plan"]["level"] == "none" and "open" not in [s["do"] for s in plan.doc["plan"]["steps"]], plan
    lab.certwipe("unlock", stick.node).refused(3, "SATA port")
    answer = wipe(lab, stick, "--technique", "ata_erase")
    answer.refused(3, "SATA port")
    row(lab, "refusal: behind a USB bridge no password is set", answer, stick, "ata_erase")
    assert not changes(stick.ata), changes(stick.ata)


# ---- it sanitises itself


def case_file(lab, *lines):
    """A bridge has no serial number that is the drive's: a label names it."""
    lab.n += 1
    for name, text in (("case", "[case]\nassetTag = T-%d\n[crypto-erase]\n" % lab.n + "\n".join(lines) + "\n"), ("csv", "asset_tag,approval_number\nT-%d,A-2026-001\n" % lab.n)):
        with open("%s/tag%d.%s" % (lab.guest.share, lab.n, name), "w") as f:
            f.write(text)
    return "/lab/tag%d.case" % lab.n


def spawn_wipe(lab, stick, *options, case=None):
    case = case or case_file(lab)
    words = ["wipe", stick.node, "--case", case, "--authorise", case.replace(".case", ".csv"), *options]
    return lab.guest.spawn(lab.script(*words)), words, [stick]


def wipe(lab, stick, *options, case=None):
    return lab.wait_wipe(spawn_wipe(lab, stick, *options, case=case))


def row(lab, device, answer, stick, technique="ata_sanitize_block"):
    """One row of the table of techniques."""
    lab.technique(technique, device, ["%02x/%04x" % c[:2] for c in told_to_sanitise(stick.ata)], answer, stick)


def native(answer):
    """What the document says of it."""
    return answer.evidence()["native"]


@test
def the_best_that_a_drive_can_do_is_taken(lab):
    stick = drive(lab)
    answer = wipe(lab, stick)
    answer.is_certificate()
    document = answer.evidence()
    assert answer.result["level"] == "purge" and document["sanitization"]["technique"] == "ata_sanitize_block", answer
    assert [c[1] for c in told_to_sanitise(stick.ata)] == [0x12], stick.ata.log
    row(lab, "a drive that does as it is told", answer, stick)
    told, look = document["native"], document["native"]["looks"][0]
    assert told["submitted"]["requestHex"] == "8507200012000042720045006b40b400", told
    assert look["zerosBytes"] == stick.flash.real and not look["notAllowedBytes"], look
    assert {"K4", "K6"} <= {c["id"] for c in document["caveats"]}, document["caveats"]


@test
def a_disk_overwrites_itself_with_a_pattern(lab):
    stick = drive(lab, ssd=False, sanitize=("overwrite",))
    answer = wipe(lab, stick)
    answer.is_certificate()
    assert answer.result["level"] == "purge" and native(answer)["looks"][0]["patternBytes"] == stick.flash.real, answer
    row(lab, "a disk that does as it is told", answer, stick, "ata_sanitize_overwrite")


@test
def a_key_is_only_destroyed_where_somebody_vouches_for_it(lab):
    stick = drive(lab, sanitize=("crypto",))
    half = case_file(lab, "attested-by = Chen", "encrypted-from-first-use = yes", "no-key-copies = no")
    plan = lab.certwipe("plan", stick.node, "--case", half)
    assert plan.doc["plan"]["technique"] == "overwrite" and plan.doc["plan"]["level"] == "clear", plan
    assert any(r["what"] == "ata_sanitize_crypto" and "attests" in r["why"] for r in plan.doc["plan"]["rejected"]), plan
    whole = case_file(lab, "attested-by = Chen", "encrypted-from-first-use = yes", "no-key-copies = yes")
    answer = wipe(lab, stick, case=whole)
    answer.is_certificate()
    document = answer.evidence()
    assert answer.result["level"] == "purge" and document["native"]["attestation"]["name"] == "Chen", answer
    assert any(c["id"] == "K5" and c["en"].endswith("attested by Chen.") for c in document["caveats"]), document["caveats"]
    row(lab, "a drive that does as it is told, attested", answer, stick, "ata_sanitize_crypto")


@test
def a_drive_that_only_says_so_is_found_out(lab):
    stick = drive(lab, sanitize_lies=True)
    answer = wipe(lab, stick)
    lab.fault("it says that it sanitised, and no cell changed", answer, stick)
    answer.is_report(6)
    assert "markers" in answer.reason and native(answer)["looks"][0]["markerBytes"], answer
    row(lab, "liar: no cell has changed", answer, stick)


@test
def a_region_that_was_left_out_is_found(lab):
    stick = drive(lab, sanitize_keeps=(11 * MIB + 512, 11 * MIB + 1024))
    answer = wipe(lab, stick)
    lab.fault("one sector is left out", answer, stick)
    answer.is_report(6)
    assert native(answer)["looks"][0]["notAllowedBytes"] == 512, answer
    row(lab, "liar: one sector is left out", answer, stick)


@test
def a_failure_that_the_drive_admits_is_one(lab):
    stick = drive(lab, sanitize_fails=True)
    answer = wipe(lab, stick)
    lab.fault("it says that it failed", answer, stick)
    answer.is_report(6)
    assert native(answer)["state"] == "failed", answer
    row(lab, "failure: it says that it failed", answer, stick)


@test
def silence_is_no_success(lab):
    stick = drive(lab, sanitize_stays_silent=True)
    answer = wipe(lab, stick)
    lab.fault("it never tells of an end", answer, stick)
    answer.is_report(6)
    row(lab, "liar: it takes the command, does it, and never tells of it", answer, stick)


@test
def what_is_frozen_is_overwritten(lab):
    stick = drive(lab, sanitize_frozen=True)
    answer = wipe(lab, stick)
    answer.is_certificate()
    assert answer.result["level"] == "clear" and not told_to_sanitise(stick.ata), answer
    row(lab, "refusal: frozen, so that it is overwritten", answer, stick)


@test
def a_dry_run_lists_the_commands_and_sends_none(lab):
    stick = drive(lab)
    answer = lab.certwipe("wipe", stick.node, "--dry-run")
    commands = [c["requestHex"] for c in answer.doc["results"][0]["commands"]]
    assert "8507200012000042720045006b40b400" in commands and len(commands) == 3, answer
    text = lab.guest.run("certwipe wipe %s --dry-run" % stick.node)
    assert "scsi 8507200012000042720045006b40b400" in text.out, text
    assert not changes(stick.ata), changes(stick.ata)


@test
def a_policy_may_ask_for_an_overwrite_besides(lab):
    stick = drive(lab)
    policy = lab.guest.run("""mkdir -p %s/policy
sed -e 's/^id = default/id = both/' -e 's/^.case.$/[native]\\nthen-overwrite = yes\\n[case]/' /lab/certwipe/share/policy/default.policy >%s/policy/both.policy""" % (lab.state, lab.state))
    assert not policy.rc, policy
    answer = wipe(lab, stick, "--policy", "both")
    answer.is_certificate()
    document = answer.evidence()
    assert answer.result["level"] == "purge" and document["native"]["looks"][0]["method"] == "markers", answer
    assert document["verification"]["method"] == "full" and len(document["passes"]) == 1, document


# ---- interruptions


def wait_until_told(stick):
    for _ in range(600):
        if told_to_sanitise(stick.ata):
            return
        time.sleep(.1)
    raise TimeoutError("the drive was not told to sanitise itself: %r" % stick.ata.log[-10:])


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
def stopped_while_it_is_at_it(lab):
    stick = drive(lab, secs=25.0)
    spawned = spawn_wipe(lab, stick)
    wait_until_told(stick)
    status = lab.guest.run("cat /proc/$(pgrep -x certwipe-exec)/status").out
    for line in ("CapEff:\t%016x" % CAP_SYS_RAWIO, "CapPrm:\t%016x" % CAP_SYS_RAWIO, "CapAmb:\t%016x" % 0, "Uid:\t65534\t65534\t65534\t65534", "NoNewPrivs:\t1", "Seccomp:\t2"):
        assert line in status, status
    lab.guest.run("pkill -INT -x certwipe; true")
    answer = lab.wait_wipe(spawned)
    answer.is_report(7)
    assert "goes on with that" in answer.reason and native(answer)["state"] == "running", answer
    row(lab, "interruption: SIGINT while it is at it", answer, stick)
    time.sleep(max(0, stick.ata.sanitize_end - time.time()) / 2)
    resumed = resume(lab, stick)
    resumed.is_certificate()
    assert len(told_to_sanitise(stick.ata)) == 1, stick.ata.log
    row(lab, "interruption: gone on with after SIGINT", resumed, stick)


@test
def a_power_cut_while_it_is_at_it(lab):
    """What the bridge says of itself does not tell one drive from another, so nothing of an earlier one is believed; the drive itself goes on."""
    stick = drive(lab, secs=25.0)
    spawn_wipe(lab, stick)
    wait_until_told(stick)
    time.sleep(3)
    ata, bot = stick.ata, stick.bot
    lab.restart()
    ata.power_off()
    again = lab.plug(bot, stick.serial)
    again.ata = ata
    job = lab.certwipe("jobs").doc["jobs"][-1]["jobId"]
    resume(lab, again, job).refused(4, "does not tell who it is")
    closed = lab.certwipe("resume", job, "--close", "--reason", "'The power was cut.'")
    closed.is_report(7)
    row(lab, "interruption: power cut while it is at it, and the job is closed", closed, again)
    time.sleep(max(0, ata.sanitize_end - time.time()))
    answer = wipe(lab, again)
    answer.is_certificate()
    assert len(told_to_sanitise(ata)) == 2, ata.log
    row(lab, "interruption: told anew after a power cut", answer, again)


@test
def a_stick_is_asked_nothing(lab):
    stick = lab.stick("60A44C3FAE01", lab.image(8))
    answer = lab.inspect(stick.node)
    assert not answer.doc["capabilities"]["asked"], answer
    sent = [c for c in stick.bot.luns[0].journal if c[0] in (ATA_PASS_THROUGH_12, ATA_PASS_THROUGH_16)]
    assert not sent, sent


main()
