"""The reference SDK (matrix-js-sdk) against the real binary; the steps are in js/chat.mjs."""
import pathlib
import subprocess
import unittest

from kuramori import Server

HERE = pathlib.Path(__file__).parent / "js"


class JsSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (HERE / "node_modules" / "matrix-js-sdk").exists():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True, timeout=600)
        subprocess.run(["npm", "run", "--silent", "bundle"], cwd=HERE, check=True, timeout=300)

    def test_two_people_meet_chat_and_part(self):
        server = Server().start()
        try:
            for name in ("aiko", "wing"):
                server.register(name)
            done = subprocess.run(
                ["node", HERE / "build" / "chat.mjs", server.url, "aiko", "wing", "correct horse"],
                capture_output=True, text=True, timeout=300,
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr + server.log.read_text()[-3000:])
            server.command("audit", "verify", check=0)
        finally:
            server.close()


if __name__ == "__main__":
    unittest.main()
