"""Every trap of the protocol in docs/traps.md names tests, and each of them is in the file that it is said to be in. Usage: check_traps.py ROOT"""
import pathlib
import re
import sys

PAGE = "docs/traps.md"
HEADING = "## The protocol"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
NAME = re.compile(r"`(\w+)\.(\w+)`")


def rows(text):
    """The trap and the cell with its tests, of each row of the table."""
    section = text.partition(HEADING)[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [(cells[0], cells[-1]) for cells in (line.strip("| ").split(" | ") for line in lines)]


def is_there(file, suite, name):
    text = file.read_text()
    if file.suffix == ".py":
        return bool(re.search(rf"^class {suite}\b.*?^    def {name}\(", text, re.MULTILINE | re.DOTALL))
    return bool(re.search(rf"\bTEST(_F|_P)?\(\s*{suite},\s*{name}\)", text))


def findings(root):
    listed = rows((root / PAGE).read_text())
    if not listed:
        yield f"{PAGE} has no table of traps"
    for trap, cell in listed:
        if not NAME.search(cell):
            yield f"{trap}: names no test"
        file = None
        for part in re.finditer(f"{LINK.pattern}|{NAME.pattern}", cell):
            link, suite, name = part.groups()
            if link:
                file = (root / PAGE).parent / link
            elif file is None or not file.is_file() or not is_there(file, suite, name):
                yield f"{trap}: {suite}.{name} is not in {file and file.name}"


def main():
    found = list(findings(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(found) or "every trap has its tests")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
