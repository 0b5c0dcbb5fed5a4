"""Holds the answers that tests in C++ got (src/api/client/tests/answer_log.hpp) against the specification.

Usage: check_answers.py DIRECTORY           names what was wrong and in which tests; fails when nothing was recorded, too
       check_answers.py --empty DIRECTORY   makes the folder, and empties it
"""
import base64
import json
import pathlib
import shutil
import sys

import specification

TESTS_SHOWN = 5  # of each complaint


def check(line):
    answer = json.loads(line)
    body = base64.b64decode(answer["body"]) if "body" in answer else None
    # Headers for browsers are added by the HTTP server, which these tests do not have.
    return answer["test"], specification.check(
        answer["method"], answer["target"], answer["status"], answer["headers"], body, cors=False)


def check_all(lines):
    """(number of answers, complaint → the tests that saw it)"""
    number, complaints = 0, {}
    for number, line in enumerate(lines, 1):
        test, found = check(line)
        for complaint in found:
            complaints.setdefault(complaint, {})[test] = None
    return number, complaints


def lines_of(directory):
    for file in sorted(directory.glob("*.jsonl")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            yield from lines


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--empty":
        shutil.rmtree(arguments[1], ignore_errors=True)
        pathlib.Path(arguments[1]).mkdir(parents=True)
        return 0
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    number, complaints = check_all(lines_of(pathlib.Path(arguments[0])))
    for complaint, tests in sorted(complaints.items()):
        more = f" and {len(tests) - TESTS_SHOWN} more" if len(tests) > TESTS_SHOWN else ""
        print(f"{complaint}\n    in {', '.join(list(tests)[:TESTS_SHOWN])}{more}")
    print(f"{number} answers, {len(complaints)} complaints")
    return 1 if complaints or number == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
