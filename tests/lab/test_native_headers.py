#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sticks with encrypted volumes: their keys are destroyed alone, or first, and then no pass phrase opens them any more; a kernel with device-mapper says so."""
import subprocess
import time

from bench import MIB, main, test

FORMAT = ("cryptsetup", "luksFormat", "-q", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--key-file")


def key_file(lab):
    path = lab.guest.share + "/luks.key"
    with open(path, "w") as f:
        f.write("secret")
    return path


def encrypted(lab, serial, *options, mib=24):
    """A stick that is one volume, with a file system in it that holds a file."""
    path = lab.image(mib, old=None)
    subprocess.run([*FORMAT, key_file(lab), *options, path], check=True)
    with open(path, "rb") as f:
        header = f.read(16 * MIB)
    stick = lab.stick(serial, path)
    stick.pieces = {header[at:at + 64] for at in range(0, len(header), 512) if len(set(header[at:at + 64])) > 16}
    filled = lab.guest.run("""set -e
cryptsetup open --key-file /lab/luks.key %s labkeys
mkfs.ext4 -q /dev/mapper/labkeys; mkdir -p /mnt/keys; mount /dev/mapper/labkeys /mnt/keys
echo a secret >/mnt/keys/file; umount /mnt/keys; cryptsetup close labkeys; udevadm settle""" % stick.node)
    assert not filled.rc, filled
    return stick


def opens(lab, stick):
    opened = lab.guest.run("cryptsetup open --key-file /lab/luks.key %s labkeys && cryptsetup close labkeys" % stick.node)
    return opened.rc == 0


def pieces_left(stick):
    """Sectors of the cells that begin as one of the header, or of a key slot, did."""
    with open(stick.flash.image, "rb") as f:
        return sum(sector[:64] in stick.pieces for sector in iter(lambda: f.read(512), b""))


def alone(lab, stick, copies="yes"):
    lab.n += 1
    with open("%s/keys%d.case" % (lab.guest.share, lab.n), "w") as f:
        f.write("[case]\n[crypto-erase]\nattested-by = Chen\nencrypted-from-first-use = yes\nno-key-copies = %s\n" % copies)
    return lab.wipe(stick, options=("--technique", "key_destroy", "--case", "/lab/keys%d.case" % lab.n))


def keys_go(lab, stick, device):
    assert opens(lab, stick) and pieces_left(stick) > 100
    answer = alone(lab, stick)
    answer.is_certificate()
    lab.technique("key_destroy", device, [], answer, stick)
    document = answer.evidence()
    assert answer.result["level"] == "clear" and answer.result["onlyKeys"], answer
    assert document["keys"]["alone"] and document["keys"]["attestation"]["name"] == "Chen", document["keys"]
    assert any(c["id"] == "K14" for c in document["caveats"]) and document["limits"][0]["id"] == "keys", document
    assert not opens(lab, stick) and not pieces_left(stick), answer
    assert lab.guest.run("cryptsetup luksDump %s" % stick.node).rc
    assert "crypto_LUKS" not in str(lab.inspect(stick.node).doc["contents"])


@test
def keys_of_luks1(lab):
    keys_go(lab, encrypted(lab, "60A44C3FB001", "--type", "luks1"), "a LUKS1 stick")


@test
def keys_of_luks2(lab):
    keys_go(lab, encrypted(lab, "60A44C3FB002", "--type", "luks2", mib=32), "a LUKS2 stick")


@test
def keys_of_luks2_with_other_sizes(lab):
    stick = encrypted(lab, "60A44C3FB003", "--type", "luks2", "--luks2-metadata-size", "64k", "--luks2-keyslots-size", "4m", "--offset", "16384")
    keys_go(lab, stick, "a LUKS2 stick with small areas")


@test
def nobody_vouches_for_it(lab):
    stick = encrypted(lab, "60A44C3FB004", "--type", "luks1")
    alone(lab, stick, copies="no").refused(3, "nobody attests")
    assert opens(lab, stick)


@test
def a_stick_that_keeps_a_byte_of_a_key_slot(lab):
    stick = encrypted(lab, "60A44C3FB005", "--type", "luks1")
    with open(stick.flash.image, "rb") as f:
        f.seek(8 * 512)
        stick.flash.stuck = {8 * 512 + i: b for i, b in enumerate(f.read(16))}
    answer = alone(lab, stick)
    lab.technique("key_destroy", "a stick with stuck cells in a key slot", [], answer, stick)
    answer.is_report(6)
    assert not answer.evidence()["keys"]["readBack"]["complete"], answer


@test
def pulled_when_the_keys_are_gone(lab):
    """What comes first is worth having, although the wipe is none."""
    stick = encrypted(lab, "60A44C3FB006", "--type", "luks2", mib=96)
    stick.flash.delay = 0.02
    spawned = lab.spawn_wipe(stick)
    for _ in range(1200):
        if not pieces_left(stick):
            break
        time.sleep(.1)
    stick.flash.vanish_after = stick.flash.written + 24 * MIB
    answer = lab.wait_wipe(spawned)
    lab.technique("overwrite", "interruption: a LUKS2 stick, unplugged on the way", [], answer, stick)
    answer.is_report(7)
    keys = answer.evidence()["keys"]
    assert keys["written"]["complete"] and keys["readBack"]["complete"] and not keys["alone"], keys
    assert not pieces_left(stick)


main()
