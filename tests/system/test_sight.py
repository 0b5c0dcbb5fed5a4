"""What a session may see by label: the same person sees a secret with one client and not with another."""
import json
import subprocess
import tempfile
import unittest

from kuramori import Server, quote

POLICY = {
    "format": 1,
    "name": "sight",
    "rules": [
        {
            "id": "secrets-with-known-clients",
            "description": "Secrets are for clients of the company.",
            "operations": ["content.see"],
            "when": {"all": [{"label": {"is": ["secret"]}}, {"not": {"client": ["Company/*"]}}]},
            "effect": "refuse",
        }
    ],
}
COMPANY, OTHER = {"User-Agent": "Company/1.0"}, {"User-Agent": "Other/1.0"}
SLIDING = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"


class SightTest(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(self.server.close)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as policy:
            json.dump(POLICY, policy)
            policy.flush()
            self.server.command("policy", "apply", policy.name, "--reason", "test", check=0)
        self.aiko = self.server.register("aiko")
        self.wing = self.server.register("wing")
        self.room = self.aiko.create_room(preset="private_chat", invite=[self.wing.user])
        self.wing.api("POST", f"/join/{quote(self.room)}", {})
        self.say("lunch at noon", "internal")
        self.say("the merger of seven", "secret")

    def say(self, text, label):
        content = {"msgtype": "m.text", "body": text, "org.kuramori.label": {"label": label}}
        self.aiko.api("PUT", f"/rooms/{quote(self.room)}/send/m.room.message/{quote(text)}", content)

    def ask(self, method, path, client, body=None):
        status, answer = self.server.request(method, path, body, self.wing.token, headers=client)
        self.assertEqual(status, 200, answer)
        return json.dumps(answer)

    def check(self, ask):
        """Before and after a restart: from memory and from storage."""
        for _ in range(2):
            with_company, with_other = ask(COMPANY), ask(OTHER)
            self.assertIn("lunch at noon", with_company)
            self.assertIn("the merger of seven", with_company)
            self.assertIn("lunch at noon", with_other)
            self.assertNotIn("the merger of seven", with_other)
            self.server.stop()
            self.server.start()

    def test_sync(self):
        self.check(lambda client: self.ask("GET", "/_matrix/client/v3/sync", client))

    def test_sliding_sync(self):
        body = {"lists": {"all": {"ranges": [[0, 9]], "timeline_limit": 20, "required_state": []}}}
        self.check(lambda client: self.ask("POST", SLIDING, client, {**body, "conn_id": client["User-Agent"]}))

    def test_history(self):
        path = f"/_matrix/client/v3/rooms/{quote(self.room)}/messages?dir=b&limit=50"
        self.check(lambda client: self.ask("GET", path, client))

    def test_what_comes_while_waiting(self):
        status, first = self.server.request("GET", "/_matrix/client/v3/sync", None, self.wing.token, headers=OTHER)
        self.assertEqual(status, 200)
        self.say("the price of it", "secret")
        self.say("see you there", "internal")
        later = self.ask("GET", f"/_matrix/client/v3/sync?since={first['next_batch']}", OTHER)
        self.assertIn("see you there", later)
        self.assertNotIn("the price of it", later)


if __name__ == "__main__":
    unittest.main()
