#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verify.html as a person meets it: files that are chosen or dropped, the keyboard, both languages, a narrow window, hostile names; and that it asks nobody for anything."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import browsers
import vectors
from tap import Report

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get("CERTWIPE_BIN", os.path.realpath(HERE + "/../../build/check/certwipe"))
SIZE_MAX = 60000
PICTURES = HERE + "/../../build/page"
PDF, ROOT = vectors.read("pdf", "certificate.pdf"), vectors.read("pdf", "root.pem")


def state(browser):
    end = time.monotonic() + 20
    while not browser.run("/^(Checked|查驗完畢)/.test(document.getElementById('state').textContent)"):
        if time.monotonic() > end:
            return "nothing was checked"
        time.sleep(0.02)
    return browser.run("document.getElementById('state').textContent")


def language(browser, wanted):
    if browser.run("document.documentElement.lang") != wanted:
        browser.run("document.getElementById('language').click()")


def size():
    n = os.path.getsize(os.path.join(HERE, "../../share/verify/verify.html"))
    return ["%d bytes, at most %d" % (n, SIZE_MAX)] if n > SIZE_MAX else []


def built():
    done = subprocess.run([HERE + "/../../src/page/build.py"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return [done.stderr.strip()] if done.returncode else []


FORMS = """Object.fromEntries(Object.entries(FORMS).map(([form, fields]) => [form, [...fields.join('|').replace(/%(\\??)/g, 'Bytes$1#').replace(/\\^(\\??)(?= |$)/g, 'Sha256$1:h')
    .matchAll(/(\\w+)(\\??):?([#bThtxC=@[/]\\S*)?(?: |$)/g)].map(m => [m[1], !m[2], m[3] || 't'])]))"""


def differences(schema, form, forms, definitions, path=""):
    """Where the form of the page and the object of the schema are not alike."""
    fields = {key: (needed, kind) for key, needed, kind in forms[form]}
    if set(fields) != set(schema["properties"]):
        yield "%s: %s" % (path or "document", sorted(set(fields) ^ set(schema["properties"])))
        return
    for key, (needed, kind) in fields.items():
        here, part = path + "." + key, schema["properties"][key]
        while "$ref" in part:
            part = definitions[part["$ref"].split("/")[-1]]
        if needed != (key in schema.get("required", [])):
            yield here + ": needed in one of the two only"
        words = part.get("enum", [part["const"]] if "const" in part and isinstance(part["const"], str) else None)
        if words and kind[0] != "C" and kind != "=" + "|".join(words):
            yield "%s: %s, in the schema %s" % (here, kind, words)
        if kind[0] == "[":
            bounds, name = kind[1:].split("@")
            if bounds != "%d-%d" % (part.get("minItems", 0), part["maxItems"]):
                yield "%s: %s items, in the schema %s to %s" % (here, bounds, part.get("minItems", 0), part["maxItems"])
            yield from differences(part["items"], name, forms, definitions, here)
        elif kind[0] == "@":
            yield from differences(part, kind[1:] or key, forms, definitions, here)


def schema(browser):
    for name, form in (("evidence-1", "document"), ("destruction-1", "destroyed"), ("statement-1", "statement")):
        with open(os.path.join(HERE, "../../share/schema/%s.schema.json" % name), encoding="utf-8") as f:
            whole = json.load(f)
        yield from differences(whole, form, browser.run(FORMS), whole["$defs"])
    with open(os.path.join(HERE, "../../src/job/schema.c"), encoding="utf-8") as f:
        events = re.findall(r'\{ "([a-z-]+)", [a-z_]+, (?:0|1u << \d) \}', f.read())
    if sorted(events) != sorted(browser.run("EVENTS")):
        yield "events of journals: %s" % sorted(set(events) ^ set(browser.run("EVENTS")))


def chosen(browser):
    """With the dialogue for files, from disk."""
    browser.open(browsers.PAGE)
    language(browser, "en")
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("2026-000017.pdf", PDF), ("root.pem", ROOT)):
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)
        browser.choose("#pick", [folder + "/2026-000017.pdf"])
        before = state(browser)
        browser.choose("#root", [folder + "/root.pem"])
        after = state(browser)
    if "CANNOT TELL" not in before:
        yield "without a root: " + before
    if "VALID WITH REMARKS" not in after:
        yield "with a root: " + after


def lay(top, files):
    for name, data in files.items():
        os.makedirs(os.path.dirname(os.path.join(top, name)), exist_ok=True)
        with open(os.path.join(top, name), "wb") as f:
            f.write(data)


def folder(browser):
    """The whole folder of a destruction, with the photographs below it; the folder of many documents; the export of a register; and documents of two registers of one name, each of which is genuine by itself."""
    station = vectors.Station()
    before, other = (station.issue(lambda d, n=n, root=root: (d.update(certificateId=n), d["register"].update(previousSize=4, previousRoot=root)), proof=False) for n, root in (("2026-000017", "ab" * 32), ("2026-000018", "cd" * 32)))
    destroyed, wiped = station.issue(like="disc-destroyed"), station.issue(proof=False)
    photo, exported = "attachments/photo-1.jpg", station.export([wiped])
    browser.open(browsers.PAGE)
    language(browser, "en")
    for files, wanted in ((destroyed, "VALID WITH REMARKS"), ({**destroyed, photo: b"foto!"}, "INVALID"), ({k: v for k, v in destroyed.items() if k != photo}, "CANNOT TELL"),
                          ({"%s/%s" % (n, k): v for n, d in (("1", destroyed), ("2", wiped)) for k, v in d.items()}, "VALID WITH REMARKS, VALID WITH REMARKS"),
                          (exported, "VALID"), ({k: v.replace(b"\nindex 5\n", b"\nindex 4\n") for k, v in exported.items()}, "INVALID"),
                          ({"%s/%s" % (n, k): v for n, d in (("1", before), ("2", before)) for k, v in d.items()}, "VALID WITH REMARKS, VALID WITH REMARKS"),
                          ({"%s/%s" % (n, k): v for n, d in (("1", before), ("2", other), ("3", wiped)) for k, v in d.items()}, "INVALID, INVALID, VALID WITH REMARKS"),
                          ({"%s/%s" % (n, k): v for n, d in (("1", before), ("2", other), ("3", other)) for k, v in d.items()}, "INVALID, INVALID, INVALID")):
        with tempfile.TemporaryDirectory() as top:
            lay(top, {**files, "root.pem": station.root.pem})
            browser.choose("#root", [top + "/root.pem"])
            browser.choose("#folder", [top])
            end = time.monotonic() + 20
            while (found := state(browser)) != "Checked. " + wanted and time.monotonic() < end:
                time.sleep(0.02)  # the browser looks through the folder before it says that one was chosen
            if found != "Checked. " + wanted:
                yield "%s: %s" % (wanted, found)
            said = subprocess.run([BIN, "verify", "--json", "--trust", top + "/root.pem", top], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            if (found := [item["finding"] for item in json.loads(said)["items"]]) != [word.lower().replace("valid with remarks", "valid").replace(" ", "-") for word in wanted.split(", ")]:
                yield "%s, certwipe verify: %s" % (wanted, found)


# What persons said of a document: the face that it has then, what stands on it in English and Chinese, and what must not.
DECISIONS = {
    "awaiting": ("warn", "Awaiting validation: do not release the medium.", "尚未經權責人員確認（核可），媒體不得放行。", ("Approved", "已核可")),
    "approved": ("good", "Approved (Lin Mei, 2026-12-01T09:00:00Z)", "已核可 (Lin Mei, 2026-12-01T09:00:00Z)", ("Awaiting", "尚未經權責人員確認")),
    "rejected": ("warn", "Rejected: do not release the medium. Reason: Looked at.", "已駁回：媒體不得放行。理由：Looked at.", ("Approved", "已核可")),
    "void": ("warn", "Declared void: it proves nothing any more. Reason: Looked at.", "已作廢：不足為憑。理由：Looked at.", ("Approved", "已核可")),
    "superseded": ("warn", "Superseded by 2026-000018. Reason: Looked at.", "已由 2026-000018 取代。理由：Looked at.", ("Approved", "已核可")),
}


def decisions(browser):
    """What is painted, and what is copied into somebody's file; the pictures are in build/page/."""
    station = vectors.Station()
    wanting = station.issue(lambda d: d["validation"].update(required=True), journal=lambda lines: lines[0].update(approval=True))
    os.makedirs(PICTURES, exist_ok=True)
    for decision, (face, *said, never) in DECISIONS.items():
        items = browser.check(wanting if decision == "awaiting" else station.state(decision, wanting), station.root.pem)
        if [i["face"] for i in items] != [face]:
            yield "%s: %s" % (decision, items)
        for wanted, words, other in zip(("en", "zh-TW"), said, never):
            language(browser, wanted)
            shown, quote = (browser.run("document.querySelector('%s').innerText" % what) for what in ("article", ".quote"))
            if words not in shown or other in shown or (face == "warn" and words not in quote):
                yield "%s, %s: %s" % (decision, wanted, shown)
            if browser.name == "chromium":
                browser.picture("%s/%s.%s.png" % (PICTURES, decision, wanted))


def reason(browser):
    """A reason is what somebody wrote: it is shown as text, whatever it looks like."""
    station = vectors.Station()
    written = "<img src=x onerror=alert(1)> $& %"
    browser.check(station.state("superseded", station.issue(), edit=lambda d: (d.update(reason=written), [x["supersededBy"].update(certificateId="$&$'<b>") for x in d["documents"]])), station.root.pem)
    language(browser, "en")
    shown = browser.run("document.querySelector('.why').innerText")
    if shown != "Superseded by $&$'<b>. Reason: " + written or browser.run("document.querySelectorAll('img,b b').length"):
        yield shown


def beside(browser):
    """A document given together with an export that may call it void: of neither of them can the page tell."""
    station = vectors.Station()
    document = station.issue(proof=False)
    items = browser.check({**document, **station.export([document])}, station.root.pem)
    if [i["finding"] for i in items] != [vectors.CANNOT] * 2:
        yield str(items)


def dropped(browser):
    browser.check({}, ROOT)
    browser.run("""(() => {
        const all = new DataTransfer();
        all.items.add(new File([Uint8Array.from(atob(%s), c => c.charCodeAt(0))], 'x.pdf'));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: all, bubbles: true, cancelable: true }));
    })()""" % json.dumps(browsers.base64.b64encode(PDF).decode()))
    if "VALID WITH REMARKS" not in (found := state(browser)) and "有效（附註）" not in found:
        yield found


def languages(browser):
    browser.check({"x.pdf": PDF}, ROOT)
    said = []
    for wanted in ("en", "zh-TW"):
        language(browser, wanted)
        words = browser.run("[...document.querySelectorAll('[data-say]')].map(e => e.textContent)")
        said.append(words)
        if not all(words):
            yield "%s: something is not said: %s" % (wanted, words)
        if browser.run("document.documentElement.lang") != wanted:
            yield wanted
        if browser.run("document.title") == "certwipe":
            yield "%s: no title" % wanted
    if any(a == b for a, b in zip(*said)):
        yield "the same in both languages: %s" % [a for a, b in zip(*said) if a == b]


def keyboard(browser):
    """Everything can be reached, in the order in which it is read."""
    browser.open(browsers.PAGE)
    reached = []
    for _ in range(6):
        for kind in ("keyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(browser.run("document.activeElement.id || document.activeElement.tagName"))
    if reached != ["language", "pick", "folder", "root", "print", "qr"]:
        yield str(reached)
    unnamed = browser.run("[...document.querySelectorAll('input,textarea')].filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-labelledby')).map(e => e.id)")
    if unnamed:
        yield "without a name: %s" % unnamed
    if not browser.run("document.getElementById('state').getAttribute('role') === 'status'"):
        yield "results are not announced"


def narrow(browser):
    browser.check({"x" * 120 + ".pdf": PDF}, ROOT)
    browser.call("Emulation.setDeviceMetricsOverride", width=320, height=700, deviceScaleFactor=1, mobile=True)
    for wanted in ("en", "zh-TW"):
        language(browser, wanted)
        width = browser.run("document.documentElement.scrollWidth")
        if width > 320:
            yield "%s: %d pixels wide" % (wanted, width)
    browser.call("Emulation.clearDeviceMetricsOverride")


def hostile(browser):
    names = ["<img src=x onerror=alert(1)>.pdf", "a\u202efdp.exe.pdf", "x\u0000y.pdf"]
    for name in names:
        items = browser.check({name: PDF + b"x"}, ROOT)
        if [i["finding"] for i in items] != [vectors.INVALID] or browser.run("document.querySelectorAll('img').length") or "\u202e" in items[0]["name"]:
            yield "%r: %s" % (name, items)


def unreadable(browser):
    """A file that went away between being chosen and being read."""
    browser.open(browsers.PAGE)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "x.pdf"), "wb") as f:
            f.write(PDF)
        browser.run("(() => { const read = Blob.prototype.arrayBuffer; Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotFoundError')); setTimeout(() => { Blob.prototype.arrayBuffer = read; }, 1500); })()")
        browser.choose("#pick", [folder + "/x.pdf"])
        found = state(browser)
    if "CANNOT TELL" not in found and "無法判定" not in found:
        yield found


def changes(browser):
    """What was found of one file must not stand beside another one, whatever comes first."""
    browser.check({"x.pdf": PDF}, ROOT)
    browser.run("(() => { document.getElementById('print').value = 'a'; document.getElementById('print').dispatchEvent(new Event('input')); })()")
    if browser.run("document.querySelectorAll('article').length && document.querySelector('article').dataset.finding !== 'cannot-tell'"):
        yield "an old result was left"
    for _ in range(3):
        for data, wanted in ((PDF, vectors.REMARKS), (PDF[:-1], vectors.INVALID)):
            found = [i["finding"] for i in browser.check({"x.pdf": data}, ROOT)]
            if found != [wanted]:
                yield "%s, expected %s" % (found, wanted)


def nothing_leaves(browser):
    browser.check({"x.pdf": PDF}, ROOT)
    reached = browser.run("fetch('http://127.0.0.1:9/').then(() => 'sent', e => 'refused')")
    stored = browser.run("[document.cookie, ...(() => { try { return [localStorage.length, sessionStorage.length]; } catch { return []; } })()].filter(x => x)")
    blocked = browser.run("new Promise(done => { document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective)); new Image().src = 'http://127.0.0.1:9/x.png'; setTimeout(() => done('none'), 2000); })")
    if reached != "refused" or blocked != "img-src" or stored:
        yield "%s, %s, %s" % (reached, blocked, stored)


def main():
    report = Report()
    report.case("the page has at most 60 kB", size())
    report.case("it is what src/page makes, with a policy that allows its own script and style, and the manual has its hash", built())
    with browsers.Chromium() as chromium, browsers.Firefox() as firefox:
        for browser in (chromium, firefox):
            for test in (chosen, dropped, languages, hostile, changes, decisions, reason):
                report.case("%s: %s" % (browser.name, test.__name__), list(test(browser)))
        for test in (schema, folder, beside, keyboard, narrow, nothing_leaves, unreadable):
            report.case("chromium: " + test.__name__, list(test(chromium)))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
