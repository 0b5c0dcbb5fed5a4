"""The policy as administrators look after it, on the real binary: versions with their reasons, simulations of drafts, parts of it as
resources, what was found and held, and employees who ask why they were refused."""
import json
import time
import unittest

from kuramori import SERVER_NAME, Server, quote

ADMIN = "/_kuramori/admin/v1"
POLICY = {
    "format": 1,
    "name": "house rules",
    "dictionaries": [{"id": "projects", "terms": ["heron"], "names": {"en": "code names", "ja": "コード名"}}],
    "rules": [
        {"id": "no-herons", "operations": ["room.send"], "when": {"keyword": {"dictionary": "projects"}}, "effect": "refuse"},
    ],
}
DRAFT = {
    "format": 1,
    "name": "draft",
    "dictionaries": [{"id": "birds", "terms": ["sparrow"]}],
    "rules": [{"id": "no-sparrows", "operations": ["room.send"], "when": {"keyword": {"dictionary": "birds"}}, "effect": "refuse"}],
}


class PolicyAdministration(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.policy = self.write("policy.json", POLICY)
        with self.server.config.open("a") as config:
            config.write(f'[policy]\nfile = "{self.policy}"\n')
        self.server.start()
        self.addCleanup(self.server.close)
        self.boss, self.officer, self.aiko = (self.server.register(name) for name in ("boss", "officer", "aiko"))
        self.server.command("user", "set-role", "boss", "administrator", check=0)
        self.server.command("user", "set-role", "officer", "security_officer", check=0)

    def write(self, name, document):
        file = self.server.directory / name
        file.write_text(json.dumps(document))
        return file

    def ask(self, person, method, path, body=None, expect=200, match=None):
        headers = {"If-Match": match} if match else {}
        status, answer = self.server.request(method, path, body, person.token, headers=headers)
        self.assertEqual(status, expect, answer)
        return answer

    def test_versions_keep_who_when_why_and_what(self):
        changed = dict(POLICY, rules=POLICY["rules"] + DRAFT["rules"], dictionaries=POLICY["dictionaries"] + DRAFT["dictionaries"])
        file = self.write("changed.json", changed)
        self.assertEqual(self.server.command("policy", "apply", str(file))[0], 2, "without a reason")
        self.server.command("policy", "apply", str(file), "--reason", "sparrows are code names now", check=0)
        self.assertEqual(self.ask(self.boss, "PUT", f"{ADMIN}/policy", POLICY, 400, '"2"')["code"], "M_MISSING_PARAM")
        self.assertEqual(self.ask(self.boss, "PUT", f"{ADMIN}/policy?reason=no", POLICY, 412, '"1"')["status"], 412)
        self.ask(self.boss, "POST", f"{ADMIN}/policy/versions/1/rollback?reason=a%20mistake", None, 200, '"2"')

        _, out, _ = self.server.command("policy", "history", "--json", check=0)
        versions = json.loads(out)["versions"]
        self.assertEqual([(v["version"], v.get("author"), v.get("reason")) for v in versions],
                         [(3, self.boss.user, "a mistake"), (2, None, "sparrows are code names now"), (1, None, None)])
        first = self.ask(self.boss, "GET", f"{ADMIN}/policy/versions?limit=2")
        rest = self.ask(self.boss, "GET", f"{ADMIN}/policy/versions?limit=2&cursor={first['next_cursor']}")
        self.assertEqual([v["version"] for v in first["versions"] + rest["versions"]], [3, 2, 1])
        difference = self.ask(self.boss, "GET", f"{ADMIN}/policy/versions/2/difference")
        self.assertEqual([r["rule"] for r in difference["rules"]["added"]], ["no-sparrows"])
        self.assertEqual([c["path"] for c in difference["sections"]], ["/dictionaries/birds"])
        self.assertEqual(self.ask(self.boss, "GET", f"{ADMIN}/policy/versions/3/difference?from=1")["changes"], 0)
        _, out, _ = self.server.command("policy", "difference", "1", "2", check=0)
        self.assertIn("+ rule no-sparrows", out)
        self.assertIn("/dictionaries/birds", out)
        _, out, _ = self.server.command("policy", "show", "--version", "2", check=0)
        self.assertEqual(json.loads(out)["rules"], changed["rules"])

        export = self.server.directory / "record.jsonl"
        self.server.command("audit", "export", "--personal", "--output", str(export), check=0)
        lines = [json.loads(line) for line in export.read_text().splitlines()]
        swaps = [(json.loads(line["entry"])["detail"], line["personal"]["personal"]["reason"]) for line in lines
                 if line["type"] == "entry" and json.loads(line["entry"])["operation"] == "admin.policy.swap"
                 and json.loads(line["entry"])["outcome"] == "allowed"]
        self.assertEqual(swaps, [("policy:2", "sparrows are code names now"), ("policy:3", "a mistake")])

    def test_a_draft_is_tried_on_what_happened(self):
        room = self.aiko.create_room(name="Aviary")
        sparrow = self.aiko.send(room, "a sparrow in the hand")
        for n in range(20):
            self.aiko.send(room, f"message {n}")
        self.aiko.send(room, "the heron", expect=403)
        told = self.ask(self.officer, "POST", f"{ADMIN}/policy/simulations", {"policy": DRAFT, "limit": 100_000})
        self.assertTrue(told["complete"], told)
        sends = {(c["was"].get("rule"), c["draft"].get("rule")): c["acts"] for c in told["counts"] if c["operation"] == "room.send"}
        self.assertEqual(sends, {(None, None): 20, (None, "no-sparrows"): 1, ("no-herons", None): 1})
        self.assertEqual(told["without_content"], 1)
        example = next(e for e in told["examples"] if e["draft"].get("rule") == "no-sparrows")
        self.assertEqual((example["event_id"], example["sender"], example["room"], example["rules"]),
                         (sparrow, self.aiko.user, room, ["no-sparrows"]))
        self.assertEqual(example["content"], {"msgtype": "m.text", "characters": 21, "findings": [{"source": "birds", "count": 1}]})
        self.assertIn("no-sparrows", example["explanation"]["zh-Hans"])
        self.assertNotIn("in the hand", json.dumps(told))

        part = self.ask(self.officer, "POST", f"{ADMIN}/policy/simulations", {"policy": DRAFT, "limit": 5})
        self.assertEqual((part["examined"], part["complete"]), (5, False))
        self.ask(self.officer, "POST", f"{ADMIN}/policy/simulations", {"policy": DRAFT, "cursor": part["next_cursor"]})
        mistaken = dict(DRAFT, rules=[dict(DRAFT["rules"][0], effect="perhaps")])
        problem = self.ask(self.officer, "POST", f"{ADMIN}/policy/simulations", {"policy": mistaken}, 422)
        self.assertEqual(problem["errors"][0]["pointer"], "/rules/0/effect")
        self.ask(self.aiko, "POST", f"{ADMIN}/policy/simulations", {"policy": DRAFT}, 403)

        file = self.write("draft.json", DRAFT)
        _, out, _ = self.server.command("policy", "simulate", str(file), "--days", "1", check=0)
        self.assertIn("room.send: allow → refuse (no-sparrows)", out)
        self.assertNotIn("in the hand", out)
        _, out, _ = self.server.command("policy", "explain", "--text", "a sparrow", "--json", check=0)
        self.assertEqual(json.loads(out)["effect"], "allow", "nothing was put in force")
        self.assertEqual(self.server.stop(), 0)
        # The command works without a server, too.
        _, out, _ = self.server.command("policy", "simulate", str(file), "--json", check=0)
        self.assertEqual(json.loads(out)["changed"], 2)
        self.server.command("audit", "verify", check=0)

    def test_parts_of_the_policy_are_resources(self):
        labels = self.ask(self.boss, "GET", f"{ADMIN}/labels")
        self.assertTrue(labels["standard"])
        board = {"above": ["secret"], "names": {"en": "Board"}, "handling": {"reach": "organisation"}}
        self.ask(self.boss, "PUT", f"{ADMIN}/labels/board?reason=for%20the%20board", board, 200, '"1"')
        self.assertIn("board", [label["id"] for label in self.ask(self.boss, "GET", f"{ADMIN}/labels")["labels"]])
        row = {"destinations": {"own_department": "green", "other_department": "green", "partner": "yellow", "customer": "yellow",
                                "outside": {"public": "green", "board": "red", "internal": "yellow"}}}
        self.ask(self.officer, "PUT", f"{ADMIN}/matrix/everybody?reason=matrix", row, 200, '"2"')
        self.ask(self.officer, "PUT", f"{ADMIN}/matrix/sellers?reason=matrix", dict(row, roles=["seller"]), 200, '"3"')
        self.assertEqual([r["id"] for r in self.ask(self.boss, "GET", f"{ADMIN}/matrix")["matrix"]], ["sellers", "everybody"])
        problem = self.ask(self.boss, "DELETE", f"{ADMIN}/labels/board?reason=no", None, 422, "*")
        self.assertTrue(any("/matrix/" in error["pointer"] for error in problem["errors"]), problem)
        self.ask(self.boss, "PUT", f"{ADMIN}/detectors/badge?reason=badges", {"pattern": "B-[0-9]{6}"}, 200, '"4"')
        problem = self.ask(self.boss, "PUT", f"{ADMIN}/detectors/badge?reason=badges", {"pattern": "B-["}, 422, '"5"')
        self.assertEqual(problem["errors"][0]["pointer"], "/pattern")
        found = self.ask(self.boss, "POST", f"{ADMIN}/detectors/test", {"text": "My badge is B-123456, my number A123456(3)"})
        self.assertEqual([f["detector"] for f in found["findings"]], ["badge", "hk_identity_card"])
        built_in = self.ask(self.boss, "GET", f"{ADMIN}/built-in-detectors")["detectors"]
        self.assertIn("hk_identity_card", [detector["id"] for detector in built_in])
        self.ask(self.boss, "PUT", f"{ADMIN}/dictionaries/projects?reason=more", {"terms": ["heron", "egret"]}, 200, '"5"')
        self.aiko.send(self.aiko.create_room(), "the egret", expect=403)
        self.ask(self.aiko, "GET", f"{ADMIN}/labels", None, 403)
        self.assertEqual([v.get("reason") for v in self.ask(self.boss, "GET", f"{ADMIN}/policy/versions")["versions"]],
                         ["more", "badges", "matrix", "matrix", "for the board", None])

    def test_findings_and_decisions(self):
        room = self.aiko.create_room()
        answer = self.aiko.send(room, "the heron flies at dawn", expect=403)
        refusal = answer["org.kuramori.refusal"]
        told = self.ask(self.aiko, "GET", f"/_kuramori/v1/decisions/{refusal['decision_id']}")
        self.assertEqual((told["rule"], told["outcome"], told["room"]), ("no-herons", "refused", room))
        self.assertEqual(told["explanation"], refusal["explanation"])
        self.assertIn("コード名", told["explanation"]["ja"])
        self.assertTrue(all(told["what_to_do"][language] for language in ("en", "zh-Hans", "zh-Hant", "ja")))
        self.assertIn({"user": self.officer.user, "as": "security_officer"}, told["ask"])
        for person in (self.boss, self.officer):
            self.ask(person, "GET", f"/_kuramori/v1/decisions/{refusal['decision_id']}", None, 404)
        self.ask(self.aiko, "GET", "/_kuramori/v1/decisions/0123456789abcdef", None, 404)
        # The policy that decided explains it, whatever is in force now.
        self.server.command("policy", "apply", str(self.write("draft.json", DRAFT)), "--reason", "birds", check=0)
        self.server.kill()
        self.server.start()
        again = self.ask(self.aiko, "GET", f"/_kuramori/v1/decisions/{refusal['decision_id']}")
        self.assertEqual(again["explanation"], refusal["explanation"])

        findings = self.ask(self.officer, "GET", f"{ADMIN}/findings?source=projects")["findings"]
        self.assertEqual([(f["sender"], f["rule"], f["findings"], f["decision_id"]) for f in findings],
                         [(self.aiko.user, "no-herons", [{"source": "projects", "count": 1}], refusal["decision_id"])])
        self.assertEqual(self.ask(self.officer, "GET", f"{ADMIN}/findings?sender={quote(self.boss.user)}")["findings"], [])
        self.ask(self.boss, "GET", f"{ADMIN}/findings", None, 403)
        self.assertNotIn("dawn", json.dumps(findings))


QUARANTINE = {
    "format": 1,
    "name": "files",
    "dictionaries": [{"id": "plans", "terms": ["merger"]}],
    "rules": [{"id": "no-plans", "operations": ["file.inspect"], "when": {"keyword": {"dictionary": "plans"}}, "effect": "hold"}],
}


class Quarantine(unittest.TestCase):
    def test_held_files_are_decided_by_officers(self):
        server = Server(extra_config="[inspection]\nenabled = true\nocr = false\n")
        self.addCleanup(server.close)
        policy = server.directory / "policy.json"
        policy.write_text(json.dumps(QUARANTINE))
        with server.config.open("a") as config:
            config.write(f'[policy]\nfile = "{policy}"\n')
        server.start()
        boss, officer, aiko = (server.register(name) for name in ("boss", "officer", "aiko"))
        server.command("user", "set-role", "boss", "administrator", check=0)
        server.command("user", "set-role", "officer", "security_officer", check=0)
        uris = []
        for n in range(2):
            status, answer = server.request("POST", f"/_matrix/media/v3/upload?filename=merger%20{n}.txt", raw=f"the merger {n}".encode(),
                                            token=aiko.token, headers={"Content-Type": "text/plain"})
            self.assertEqual(status, 200, answer)
            uris.append(answer["content_uri"].removeprefix("mxc://"))
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            files = server.request("GET", f"{ADMIN}/quarantine", token=officer.token)[1]["files"]
            if len(files) == 2:
                break
            time.sleep(0.2)
        self.assertEqual([(f["reason"], f["rule"]) for f in files], [("policy", "no-plans")] * 2)
        self.assertEqual(files[0]["findings"]["name"], "merger 0.txt")
        masked = server.request("GET", f"{ADMIN}/quarantine/{uris[0]}", token=boss.token)[1]
        self.assertEqual(masked["findings"]["name"], {"characters": 12, "ending": ".txt"})
        self.assertEqual(server.request("GET", f"{ADMIN}/quarantine", token=aiko.token)[0], 403)

        released = server.request("POST", f"{ADMIN}/quarantine/{uris[0]}/release?reason=known", token=officer.token)
        self.assertEqual((released[0], released[1].get("state")), (200, "released"), released)
        status, text = server.request("GET", f"/_matrix/client/v1/media/download/{uris[0]}", token=aiko.token)
        self.assertEqual((status, text), (200, "the merger 0"))
        destroyed = server.request("DELETE", f"{ADMIN}/quarantine/{uris[1]}?reason=secret", token=officer.token)
        self.assertEqual((destroyed[0], destroyed[1].get("state")), (200, "removed"), destroyed)
        self.assertEqual(server.request("GET", f"/_matrix/client/v1/media/download/{uris[1]}", token=aiko.token)[0], 404)
        _, out, _ = server.command("files", "list", "--state", "removed", "--json", check=0)
        self.assertEqual(json.loads(out)["files"][0]["decided_by"], officer.user)


if __name__ == "__main__":
    unittest.main()
