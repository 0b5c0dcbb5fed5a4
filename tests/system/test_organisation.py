"""The organisation in the real server: from the command line, over HTTP, after a restart; rooms without an owner."""
import json
import unittest
import urllib.parse

from kuramori import SERVER_NAME, Server

ADMIN = "/_kuramori/admin/v1"


def document(*people, contacts=()):
    return {
        "version": 1,
        "units": [
            {"id": "hk", "kind": "legal_entity", "name": "Example", "head": f"@wing:{SERVER_NAME}"},
            {"id": "sales", "name": "Sales 営業", "parent": "hk"},
        ],
        "people": [
            {"user": f"@{name}:{SERVER_NAME}", "name": name, "posts": [{"unit": unit}], "employment": employment}
            for name, unit, employment in people
        ],
        "contacts": list(contacts),
        "visibility": [],
    }


ALL = (("wing", "hk", "active"), ("aiko", "sales", "active"), ("lin", "sales", "active"))


class Organisation(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.server.command("init", check=0)

    def tearDown(self):
        self.server.close()

    def add(self, name, role="member"):
        _, out, _ = self.server.command("user", "add", name, "--role", role, "--json", check=0)
        return json.loads(out)["one_time_password"]

    def file(self, name, content):
        path = self.server.directory / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def admin(self, method, path, session, body=None, expect=200, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, answer = self.server.request(method, ADMIN + path, body, session.token, headers=named)
        self.assertEqual(status, expect, answer)
        return answer

    def command(self, *arguments, check=0):
        return self.server.command("organisation", *arguments, check=check)

    def test_rules_of_visibility_keep_people_apart(self):
        organisation = document(*ALL)
        organisation["visibility"] = [
            {"id": "quiet", "who": "unit:sales", "whom": f"unit:lab", "find": False, "contact": False},
        ]
        organisation["units"].append({"id": "lab", "name": "Laboratory", "parent": "hk"})
        organisation["people"].append({"user": f"@mori:{SERVER_NAME}", "name": "mori", "posts": [{"unit": "lab"}], "employment": "active"})
        self.server.command("organisation", "import", self.file("organisation.json", organisation), "--reason", "founded", check=0)
        self.server.start()
        people = {name: self.server.register(name) for name in ("wing", "aiko", "mori", "guest")}
        shared = people["wing"].create_room(preset="public_chat")
        for name in ("aiko", "mori", "guest"):
            people[name].api("POST", f"/rooms/{urllib.parse.quote(shared)}/join", {})

        def finds(who, term):
            answer = people[who].api("POST", "/user_directory/search", {"search_term": term})
            return [found["user_id"].split(":")[0][1:] for found in answer["results"]]

        self.assertEqual(finds("aiko", "mori"), [])
        self.assertEqual(finds("mori", "aiko"), ["aiko"], "the rule has a direction")
        self.assertEqual(finds("wing", "mori"), ["mori"])
        self.assertEqual(finds("guest", "mori"), ["mori"], "of who is not in the organisation it says nothing")
        room = people["aiko"].create_room()
        answer = people["aiko"].api(
            "POST", f"/rooms/{urllib.parse.quote(room)}/invite", {"user_id": f"@mori:{SERVER_NAME}"}, expect=403
        )
        self.assertEqual(answer["org.kuramori.refusal"]["rule"], "contact-not-allowed")
        answer = people["aiko"].api("POST", "/createRoom", {"invite": [f"@mori:{SERVER_NAME}"]}, expect=403)
        self.assertEqual(answer["org.kuramori.refusal"]["rule"], "contact-not-allowed")
        people["mori"].api("POST", "/createRoom", {"invite": [f"@aiko:{SERVER_NAME}"]})

    def test_from_the_command_line_without_and_with_a_server(self):
        path = self.file("organisation.json", document(*ALL))
        _, out, _ = self.command("import", path, "--dry-run")
        self.assertIn("5 added", out)
        self.assertIn("Nothing was changed", out)
        self.command("import", path, "--reason", "founded")
        self.server.start()
        _, out, _ = self.command("show")
        self.assertIn("Version 1: 3 people", out)
        tables = self.file(
            "people.csv",
            "user,name,unit\n" + "".join(f"@{n}:{SERVER_NAME},{n},{u}\n" for n, u, _ in (*ALL, ("mei", "hk", "")))
        )
        self.command("import", tables, "--reason", "mei")
        smaller = self.file("smaller.json", document(*ALL[:1]))
        code, _, err = self.server.command("organisation", "import", smaller)
        self.assertEqual(code, 1)
        self.assertIn("--confirm-removals", err)
        self.command("import", smaller, "--confirm-removals")
        _, out, _ = self.command("history", "--json")
        versions = json.loads(out)["versions"]
        self.assertEqual([v["version"] for v in versions], [3, 2, 1])
        self.assertEqual(versions[2]["reason"], "founded")
        self.assertEqual(versions[1]["origin"], "tables")
        self.command("rollback", "2", "--reason", "mistake")
        _, out, _ = self.command("export")
        self.assertEqual(len(json.loads(out)["people"]), 4)
        self.server.stop()
        _, out, _ = self.command("show", "--json")
        self.assertEqual(json.loads(out)["version"], 4)
        broken = self.file("broken.json", document(("lost", "nowhere", "active")))
        code, _, err = self.server.command("organisation", "import", broken)
        self.assertEqual(code, 1)
        self.assertIn("@lost", err)
        self.server.command("audit", "verify", check=0)
        self.assertNotIn(b"founded", (self.server.directory / "data" / "kuramori.db").read_bytes())

    def test_over_http_with_versions_and_repeated_requests(self):
        password = self.add("wing", "administrator")
        member_password = self.add("aiko")
        self.server.start()
        wing = self.server.login("wing", password)
        aiko = self.server.login("aiko", member_password)
        refused = self.admin("GET", "/organisation", aiko, expect=403)
        self.assertEqual(refused["type"], "urn:kuramori:problem:refused-by-policy")
        self.assertEqual(refused["rule"], "role.member")
        self.admin("PUT", "/organisation", wing, document(*ALL), expect=428)
        stored = self.admin("PUT", "/organisation?reason=founded", wing, document(*ALL), If_Match='"0"', Idempotency_Key="k1")
        self.assertEqual(stored["version"], 1)
        again = self.admin("PUT", "/organisation?reason=founded", wing, document(*ALL), If_Match='"0"', Idempotency_Key="k1")
        self.assertEqual(again, stored)
        self.admin("PUT", "/organisation", wing, document(*ALL), expect=412, If_Match='"0"')
        person = self.admin("GET", f"/organisation/people/@aiko:{SERVER_NAME}", wing)
        self.assertEqual(person["chain_of_command"], [f"@wing:{SERVER_NAME}"])
        self.server.kill()
        self.server.start()
        # The answer is kept over a crash, and so is the version.
        again = self.admin("PUT", "/organisation?reason=founded", wing, document(*ALL), If_Match='"0"', Idempotency_Key="k1")
        self.assertEqual(again, stored)
        self.assertEqual(len(self.admin("GET", "/organisation/versions", wing)["versions"]), 1)
        policy = self.admin("GET", "/policy", wing)
        self.admin("PUT", "/policy?reason=first", wing, policy, If_Match='"1"')
        self.assertEqual(self.admin("GET", "/policy/versions", wing)["versions"][0]["version"], 2)
        status, described = self.server.request("GET", ADMIN + "/openapi.json")
        self.assertEqual((status, described["openapi"]), (200, "3.1.0"))

    def test_a_room_whose_owner_has_left_is_handed_over(self):
        passwords = {name: self.add(name, role) for name, role in (("wing", "administrator"), ("aiko", "member"), ("lin", "member"))}
        self.server.start()
        wing, aiko, lin = (self.server.login(name, passwords[name]) for name in ("wing", "aiko", "lin"))
        self.admin("PUT", "/organisation", wing, document(*ALL), If_Match='"0"')
        room = aiko.create_room(name="Sales", invite=[f"@lin:{SERVER_NAME}"])
        lin.api("POST", f"/join/{urllib.parse.quote(room)}", {})
        self.assertEqual(self.admin("GET", "/rooms/ownerless", wing)["rooms"], [])
        left = document(ALL[0], ("aiko", "sales", "left"), ALL[2])
        self.admin("PUT", "/organisation", wing, left, If_Match='"1"')
        found = self.admin("GET", "/rooms/ownerless", wing)["rooms"]
        self.assertEqual([r["room"] for r in found], [room])
        path = f"/rooms/{urllib.parse.quote(room, safe='')}/hand-over"
        done = self.admin("POST", path, wing, {"successor": f"@lin:{SERVER_NAME}"})
        self.assertEqual(done["in_the_name_of"], f"@aiko:{SERVER_NAME}")
        self.assertEqual(self.admin("GET", "/rooms/ownerless", wing)["rooms"], [])
        lin.api("PUT", f"/rooms/{urllib.parse.quote(room)}/state/m.room.name", {"name": "Lin's"})
        self.server.command("audit", "verify", check=0)


if __name__ == "__main__":
    unittest.main()
