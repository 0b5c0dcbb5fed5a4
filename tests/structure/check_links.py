"""Every relative link in the documentation leads to a file. Usage: check_links.py ROOT"""
import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def broken(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        page = root / name
        if not page.exists():
            continue
        for target in LINK.findall(CODE.sub("", page.read_text())):
            if "://" in target or target.startswith(("#", "mailto:")):
                continue
            if not (page.parent / target.split("#")[0]).exists():
                yield f"{name}: {target}"


def main():
    findings = list(broken(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(findings) or "every link leads somewhere")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
