"""A packaged desktop client under a display of its own: it logs in, shows a room, sends and receives.

Only in the long form of the tests (KURAMORI_LONG_TESTS): it needs a display server and the client's packages.
"""
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from kuramori import SERVER_NAME, Server, quote

DISPLAY = ":93"
PASSWORD = "correct horse"
CONFIG = "[General]\nrun_without_secure_secrets_service=true\n"
# Where things are in a window of the client's first size.
LOGIN_OF_WELCOME, ID_FIELD, LOGIN = (614, 432), (533, 272), (533, 526)
LOGIN_WITHOUT_ERROR, SKIP_ENCRYPTION, FIRST_ROOM, MESSAGE = (533, 500), (1000, 561), (130, 110), (600, 580)


@unittest.skipUnless(os.environ.get("KURAMORI_LONG_TESTS"), "long form only")
class Nheko(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(self.server.close)
        home = tempfile.TemporaryDirectory(prefix="kuramori-nheko-")
        self.addCleanup(home.cleanup)
        config = pathlib.Path(home.name) / ".config/nheko"
        config.mkdir(parents=True)
        (config / "nheko.conf").write_text(CONFIG)
        self.environment = {
            **os.environ, "HOME": home.name, "XDG_RUNTIME_DIR": home.name, "DISPLAY": DISPLAY,
            "QT_QUICK_BACKEND": "software", "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            self.environment.pop(name, None)
        self.spawn("Xvfb", DISPLAY, "-screen", "0", "1100x760x24")
        time.sleep(2)

    def spawn(self, *command):
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

    def hands(self, *arguments, pause=0.5):
        subprocess.run(["xdotool", *map(str, arguments)], env=self.environment, check=True)
        time.sleep(pause)

    def click(self, place, pause=1.0):
        self.hands("mousemove", *place, "click", 1, pause=pause)

    def write(self, text):
        self.hands("type", "--delay", 20, text)

    def eventually(self, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(1)
        return False

    def log_in(self):
        self.click(LOGIN_OF_WELCOME, pause=2)
        self.click(ID_FIELD)
        self.write(f"@aiko:{SERVER_NAME}")
        # The name of the test's server resolves nowhere: the client then asks for an address.
        self.hands("key", "Tab", pause=4)
        self.write(PASSWORD)
        self.hands("key", "Tab")
        self.hands("key", "Tab")
        self.hands("key", "ctrl+a")
        self.write(self.server.url)
        self.hands("key", "Tab", pause=2)
        self.click(LOGIN)
        self.click(LOGIN_WITHOUT_ERROR)

    def test_a_person_chats(self):
        aiko = self.server.register("aiko", PASSWORD)
        wing = self.server.register("wing", PASSWORD)
        room = aiko.create_room(name="Desk", preset="private_chat", invite=[wing.user])
        wing.api("POST", f"/rooms/{quote(room)}/join", {})
        wing.send(room, "Good morning")
        self.spawn("dbus-run-session", "nheko")
        time.sleep(12)
        self.log_in()
        devices = lambda: aiko.api("GET", "/devices")["devices"]
        self.assertTrue(self.eventually(lambda: len(devices()) == 2), "the client did not log in")
        time.sleep(8)
        self.click(SKIP_ENCRYPTION, pause=2)
        self.click(FIRST_ROOM, pause=3)
        self.click(MESSAGE)
        self.write("Hello from the desktop")
        self.hands("key", "Return")
        said = lambda: [event["content"].get("body") for event in wing.history(room)]
        self.assertTrue(self.eventually(lambda: "Hello from the desktop" in said()), f"the message did not arrive: {said()}")
        # What it shows it reports as read.
        last = wing.send(room, "Welcome")
        receipts = lambda: str(wing.sync()["rooms"]["join"][room]["ephemeral"])
        self.assertTrue(self.eventually(lambda: last in receipts() and aiko.user in receipts()), "the answer was not read")


if __name__ == "__main__":
    unittest.main()
