# SPDX-License-Identifier: Apache-2.0
"""Chromium and Firefox without a screen, driven through what they bring along: the debugging pipe of the one, Marionette of the other.

check(files, root, fingerprint, note) gives verify.html these and returns what it found, item by item.
"""
import base64
import fcntl
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

PAGE = "file://" + os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../share/verify/verify.html"))
PATIENCE_S = 60

# Runs in the page.  One event at the end starts the check; what was still under way is given up by the page itself.
CHECK = """
async input => {
	const $ = id => document.getElementById(id);
	const give = (id, files) => {
		const all = new DataTransfer();
		for (const [name, base64] of files)
			all.items.add(new File([Uint8Array.from(atob(base64), c => c.charCodeAt(0))], name));
		$(id).files = all.files;
		$(id).dispatchEvent(new Event('change', { bubbles: true }));
	};
	$('print').value = input.fingerprint;
	$('note').value = input.note;
	give('root', input.root);
	give('pick', input.files);
	for (let i = 0; i < 2000 && /^(Checking|查驗中)/.test($('state').textContent); i++)
		await new Promise(done => setTimeout(done, 10));
	const text = e => e ? e.textContent : '';
	return [...document.querySelectorAll('article')].map(a => ({
		name: text(a.querySelector('bdi')), finding: a.dataset.finding, face: a.dataset.face, reason: text(a.querySelector('.why')), said: text(a.querySelector('.say')),
		facts: [...a.querySelectorAll('dd')].map(text), state: $('state').textContent,
		checks: Object.fromEntries([...a.querySelectorAll('li[data-check]')].map(l => [l.dataset.check, l.dataset.finding])),
	}));
}
"""


def program(*names):
    return next((n for n in names if shutil.which(n)), names[0])


class Browser:
    def check(self, files, root=None, fingerprint="", note=""):
        def encoded(items):
            return [[os.path.basename(name), base64.b64encode(data).decode()] for name, data in items]

        given = {"files": encoded(files.items()), "root": encoded([("root.pem", root)] if root is not None else []), "fingerprint": fingerprint, "note": note}
        return self.run("(%s)(%s)" % (CHECK, json.dumps(given)))

    def close(self):
        self.child.terminate()
        self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Chromium(Browser):
    name = "chromium"

    def __init__(self, page=PAGE, size=(1100, 1400), options=()):
        self.folder = tempfile.mkdtemp(prefix="certwipe-chromium-")
        theirs_in, self.out = os.pipe()
        self.into, theirs_out = os.pipe()

        def give_pipe():  # which is expected as descriptors 3 and 4; these may be ends of it already
            high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in (theirs_in, theirs_out)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        argv = [program("chromium", "chromium-browser"), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe",
                "--user-data-dir=" + self.folder, "--window-size=%d,%d" % size, *options, "about:blank"]
        self.child = subprocess.Popen(argv, pass_fds=(3, 4), preexec_fn=give_pipe, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.buffer, self.n, self.requests = b"", 0, []
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Network.enable")
        self.open(page)

    def open(self, page):
        self.call("Page.navigate", url=page)
        while not self.run("document.readyState === 'complete' && location.href.startsWith('file:')"):
            time.sleep(0.02)

    def call(self, method, **params):
        self.n += 1
        message = {"id": self.n, "method": method, "params": params}
        if hasattr(self, "session"):
            message["sessionId"] = self.session
        self.send(json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("method") == "Network.requestWillBeSent":
                self.requests.append(answer["params"]["request"]["url"])
            if answer.get("id") == self.n:
                if "error" in answer:
                    raise RuntimeError("%s: %s" % (method, answer["error"]))
                return answer["result"]

    def send(self, data):
        while data:
            data = data[os.write(self.out, data):]

    def receive(self):
        while b"\0" not in self.buffer:
            more = os.read(self.into, 1 << 20)
            if not more:
                raise RuntimeError("chromium has ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", result["exceptionDetails"]["text"]))
        return result["result"].get("value")

    def choose(self, element, paths):
        """As a person does it, with the dialogue for files."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=element)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=paths)

    def picture(self, path, width=1100, features=()):
        self.call("Emulation.setEmulatedMedia", features=[{"name": n, "value": v} for n, v in features])
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        height = self.run("document.documentElement.scrollHeight")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


class Firefox(Browser):
    name = "firefox"

    def __init__(self, page=PAGE):
        self.folder = tempfile.mkdtemp(prefix="certwipe-firefox-")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        with open(os.path.join(self.folder, "user.js"), "w") as f:
            f.write('user_pref("marionette.port", %d);\nuser_pref("browser.shell.checkDefaultBrowser", false);\nuser_pref("app.update.enabled", false);\n'
                    'user_pref("network.captive-portal-service.enabled", false);\nuser_pref("datareporting.policy.dataSubmissionEnabled", false);\n' % port)
        self.child = subprocess.Popen([program("firefox-esr", "firefox"), "--headless", "--marionette", "--no-remote", "--profile", self.folder], env=dict(os.environ, HOME=self.folder),
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port))
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
        self.buffer, self.n = b"", 0
        self.receive()  # its greeting
        self.call("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": False}})
        self.call("WebDriver:SetTimeouts", script=PATIENCE_S * 1000)
        self.open(page)

    def open(self, page):
        self.call("WebDriver:Navigate", url=page)

    def choose(self, element, paths):
        found = self.call("WebDriver:FindElement", using="css selector", value=element)["value"]
        self.call("WebDriver:ElementSendKeys", id=next(iter(found.values())), text="\n".join(paths))

    def call(self, command, **params):
        self.n += 1
        data = json.dumps([0, self.n, command, params]).encode()
        self.socket.sendall(b"%d:%s" % (len(data), data))
        _, _, error, result = self.receive()
        if error:
            raise RuntimeError("%s: %s" % (command, error.get("message")))
        return result

    def receive(self):
        while b":" not in self.buffer:
            self.more()
        size, self.buffer = self.buffer.split(b":", 1)
        while len(self.buffer) < int(size):
            self.more()
        message, self.buffer = self.buffer[:int(size)], self.buffer[int(size):]
        return json.loads(message)

    def more(self):
        data = self.socket.recv(1 << 20)
        if not data:
            raise RuntimeError("firefox has ended")
        self.buffer += data

    def run(self, script):
        return self.call("WebDriver:ExecuteAsyncScript", script="const done = arguments[arguments.length - 1];\nPromise.resolve(%s).then(done, e => done(String(e)));" % script, args=[])["value"]

    def close(self):
        try:
            self.call("Marionette:Quit", flags=["eForceQuit"])
            self.child.wait(PATIENCE_S)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            pass
        self.socket.close()
        super().close()
