"""Every implemented endpoint of the client-server API, by the same rules: tokens, methods, browsers, unknown paths.

The table is written from the specification, not read from the server: an endpoint that goes missing is noticed.
"""
import re
import unittest

from hostile import EVENT, PREFIX, ROOM, Hostile
from kuramori import SERVER_NAME, quote

V1 = "/_matrix/client/v1"

# method and path; whose: "user" needs a token, "anyone" looks at one that is given, "public" looks at none
TABLE = """
GET    /_matrix/client/versions                       public
GET    /.well-known/matrix/client                     public
GET    /login                                         public
POST   /login                                         public
POST   /register                                      public
GET    /register/available                            public
POST   /refresh                                       public
GET    {v1}/register/m.login.registration_token/validity  public
POST   /account/password                              anyone
POST   /account/deactivate                            anyone
GET    /profile/{user}                                anyone
GET    /profile/{user}/displayname                    anyone
GET    /profile/{user}/avatar_url                     anyone
GET    /directory/room/{alias}                        anyone
GET    /directory/list/room/{room}                    anyone
POST   {v1}/login/get_token                           user
POST   /logout                                        user
POST   /logout/all                                    user
GET    /account/whoami                                user
GET    /capabilities                                  user
GET    /devices                                       user
GET    /devices/{device}                              user
PUT    /devices/{device}                              user
DELETE /devices/{device}                              user
POST   /delete_devices                                user
PUT    /profile/{user}/displayname                    user
PUT    /profile/{user}/avatar_url                     user
DELETE /profile/{user}/displayname                    user
POST   /createRoom                                    user
POST   /join/{room}                                   user
POST   /knock/{room}                                  user
POST   /rooms/{room}/join                             user
POST   /rooms/{room}/leave                            user
POST   /rooms/{room}/forget                           user
POST   /rooms/{room}/invite                           user
POST   /rooms/{room}/kick                             user
POST   /rooms/{room}/ban                              user
POST   /rooms/{room}/unban                            user
GET    /joined_rooms                                  user
PUT    /rooms/{room}/send/{type}/{txn}                user
PUT    /rooms/{room}/state/{type}                     user
PUT    /rooms/{room}/state/{type}/{key}               user
PUT    /rooms/{room}/redact/{event}/{txn}             user
GET    /rooms/{room}/event/{event}                    user
GET    /rooms/{room}/state                            user
GET    /rooms/{room}/state/{type}                     user
GET    /rooms/{room}/state/{type}/{key}               user
GET    /rooms/{room}/members                          user
GET    /rooms/{room}/joined_members                   user
GET    /rooms/{room}/messages                         user
GET    /rooms/{room}/context/{event}                  user
GET    /rooms/{room}/aliases                          user
GET    {v1}/rooms/{room}/timestamp_to_event           user
PUT    /directory/room/{alias}                        user
DELETE /directory/room/{alias}                        user
PUT    /directory/list/room/{room}                    user
GET    /publicRooms                                   user
POST   /publicRooms                                   user
GET    /sync                                          user
POST   /user/{user}/filter                            user
GET    /user/{user}/filter/{filter}                   user
POST   /rooms/{room}/receipt/m.read/{event}           user
POST   /rooms/{room}/read_markers                     user
PUT    /rooms/{room}/typing/{user}                    user
GET    /presence/{user}/status                        user
PUT    /presence/{user}/status                        user
GET    /user/{user}/account_data/{type}               user
PUT    /user/{user}/account_data/{type}               user
GET    /user/{user}/rooms/{room}/account_data/{type}  user
PUT    /user/{user}/rooms/{room}/account_data/{type}  user
GET    /user/{user}/rooms/{room}/tags                 user
PUT    /user/{user}/rooms/{room}/tags/{tag}           user
DELETE /user/{user}/rooms/{room}/tags/{tag}           user
GET    /pushrules                                     user
GET    /pushrules/                                    user
GET    /pushrules/global                              user
GET    /pushrules/global/                             user
GET    /pushrules/global/{kind}/{rule}                user
PUT    /pushrules/global/{kind}/{rule}                user
DELETE /pushrules/global/{kind}/{rule}                user
GET    /pushrules/global/{kind}/{rule}/enabled        user
PUT    /pushrules/global/{kind}/{rule}/enabled        user
GET    /pushrules/global/{kind}/{rule}/actions        user
PUT    /pushrules/global/{kind}/{rule}/actions        user
"""
NAMES = {
    "v1": V1, "user": quote("@aiko:" + SERVER_NAME), "alias": quote("#somewhere:" + SERVER_NAME), "room": quote(ROOM),
    "event": quote(EVENT), "device": "DEVICE", "type": "org.example.type", "key": "key", "txn": "txn", "tag": "u.tag",
    "filter": "0", "kind": "override", "rule": "rule",
}
ENDPOINTS = [tuple(line.split()) for line in TABLE.strip().splitlines()]
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def fill(path):
    return re.sub(r"\{(\w+)\}", lambda name: NAMES[name[1]], path)


def of(*who):
    return [(method, fill(path)) for method, path, whose in ENDPOINTS if whose in who]


def with_older_prefix(paths):
    return paths + [(m, "/_matrix/client/r0" + p) for m, p in paths if not p.startswith(("/_", "/."))]


class Endpoints(Hostile, unittest.TestCase):
    def test_a_token_is_needed(self):
        for method, path in with_older_prefix(of("user")):
            with self.subTest(method=method, path=path):
                self.assert_refusal(self.ask(method, path, b"{}"), path, 401, "M_MISSING_TOKEN")
                # Who is not known learns nothing of the request either: the token comes before the body.
                self.assert_refusal(self.ask(method, path, b"{"), path, 401, "M_MISSING_TOKEN")

    def test_a_bad_token_is_refused(self):
        for method, path in with_older_prefix(of("user", "anyone")):
            with self.subTest(method=method, path=path):
                self.assert_refusal(self.ask(method, path, b"{}", token="nonsense"), path, 401, "M_UNKNOWN_TOKEN")
                query = f"{path}?access_token=nonsense"
                self.assert_refusal(self.ask(method, query, b"{}"), path, 401, "M_UNKNOWN_TOKEN")

    def test_public_endpoints_look_at_no_token(self):
        for method, path in of("public"):
            with self.subTest(method=method, path=path):
                answer = self.ask(method, path, b"{}" if method == "POST" else None, token="nonsense")
                self.assert_answered(answer, path)
                self.assertNotEqual(answer.errcode, "M_UNKNOWN_TOKEN", path)

    def test_other_methods_are_405(self):
        taken = {}
        for method, path in of("public", "anyone", "user"):
            taken.setdefault(path, set()).add(method)
        for path, methods in taken.items():
            for method in set(METHODS) - methods:
                with self.subTest(method=method, path=path):
                    answer = self.ask(method, path, b"{}")
                    if answer.status != 401:  # another method of the same path, such as DELETE of every profile field
                        self.assert_refusal(answer, path, 405, "M_UNRECOGNIZED")
                        allowed = {m.strip() for m in answer.headers["Allow"].split(",")}
                        self.assertLessEqual(methods, allowed, path)
                        self.assertNotIn(method, allowed, path)

    def test_browsers_may_ask(self):
        for method, path in of("public", "anyone", "user"):
            with self.subTest(path=path):
                for answer in (self.ask("OPTIONS", path), self.ask(method, path, b"{")):
                    self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*", answer)
                    self.assertIn(method, answer.headers["Access-Control-Allow-Methods"])
                    self.assertIn("Authorization", answer.headers["Access-Control-Allow-Headers"])
                self.assertLess(self.ask("OPTIONS", path).status, 300)

    def test_unknown_paths(self):
        known = {path for _, path in of("public", "anyone", "user")}
        for method, path in of("public", "anyone", "user"):
            for unknown in (path.rstrip("/") + "/nothing/at/all/here", "/nothing" + path.replace(PREFIX, "")):
                with self.subTest(method=method, path=unknown):
                    self.assert_refusal(self.ask(method, unknown, b"{}"), unknown, 404, "M_UNRECOGNIZED")
        for path in ("/_matrix", "/_matrix/client", PREFIX, PREFIX + "/", "/_matrix/client/v9/sync", "/_matrix/client/unstable/x",
                     "/_matrix/nothing", "/_nothing", "/_kuramori/nothing", PREFIX + "//sync"):
            self.assertNotIn(path, known)
            self.assert_refusal(self.ask("GET", path), path, 404, "M_UNRECOGNIZED")


if __name__ == "__main__":
    unittest.main()
