"""The reference SDK (matrix-js-sdk) against the real binary; the steps are in js/chat.mjs, encryption.mjs and sliding.mjs."""
import subprocess
import threading
import unittest

import js_clients
from kuramori import Server


class JsSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        js_clients.build()

    def test_two_people_meet_chat_and_part(self):
        server = Server().start()
        try:
            for name in ("aiko", "wing"):
                server.register(name)
            done = subprocess.run(
                ["node", js_clients.BUILT / "chat.mjs", server.url, "aiko", "wing", "correct horse"],
                capture_output=True, text=True, timeout=300,
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr + server.log.read_text()[-3000:])
            server.command("audit", "verify", check=0)
        finally:
            server.close()

    def test_end_to_end_encryption(self):
        self.talk("encryption.mjs")

    def test_sliding_sync(self):
        self.talk("sliding.mjs")

    def talk(self, script):
        """Two people by a script that asks for the server to be killed in the middle."""
        server = Server().start()
        for name in ("aiko", "wing"):
            server.register(name)
        client = subprocess.Popen(
            ["node", js_clients.BUILT / script, server.url, "aiko", "wing", "correct horse"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        watchdog = threading.Timer(400, client.kill)
        watchdog.start()
        output = []
        try:
            for line in client.stdout:
                output.append(line)
                if line.strip() == "kill":
                    server.kill()
                    server.start()
                    client.stdin.write("back\n")
                    client.stdin.flush()
            self.assertEqual(client.wait(timeout=30), 0, "".join(output[-60:]) + server.log.read_text()[-3000:])
            server.command("audit", "verify", check=0)
        finally:
            watchdog.cancel()
            client.kill()
            client.wait()
            client.stdout.close()
            client.stdin.close()
            server.close()


if __name__ == "__main__":
    unittest.main()
