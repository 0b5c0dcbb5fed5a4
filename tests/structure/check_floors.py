#!/usr/bin/env python3
"""Compares every include of src/ with what the modules declared, and checks the shape of each module.

Usage: check_floors.py SOURCE_DIR FLOORS_FILE
FLOORS_FILE is written by CMake: "<module> <floor> uses:<a,b> neighbours:<c,d>" a line.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
LINES_MAX = 500
# Adapters are seen by the wiring and by tests alone (docs/architecture.md).
ADAPTERS = {"storage/sqlite", "storage/memory"}


def read_floors(path):
    modules = {}
    for line in path.read_text().splitlines():
        if not line.strip():
            continue
        name, floor, uses, neighbours = line.split(" ")
        modules[name] = {
            "floor": int(floor),
            "uses": set(filter(None, uses.removeprefix("uses:").split(","))),
            "neighbours": set(filter(None, neighbours.removeprefix("neighbours:").split(","))),
        }
    return modules


def module_of(path, modules):
    """The longest module name that begins the path."""
    parts = path.split("/")
    for length in (2, 1):
        name = "/".join(parts[:length])
        if len(parts) > length and name in modules:
            return name
    return None


def check_declarations(modules):
    for name, module in modules.items():
        for use in module["uses"]:
            if use not in modules:
                yield f"{name} uses {use}, which is no module"
            elif modules[use]["floor"] >= module["floor"]:
                yield f"{name} (floor {module['floor']}) may not use {use} (floor {modules[use]['floor']})"
        for neighbour in module["neighbours"]:
            if modules[neighbour]["floor"] != module["floor"]:
                yield f"{name} names {neighbour} as a neighbour, but they are not on the same floor"
            if name in modules[neighbour]["neighbours"]:
                yield f"{name} and {neighbour} use each other"


def check_includes(source, modules):
    for file in sorted(source.rglob("*.[ch]pp")):
        relative = file.relative_to(source).as_posix()
        own = module_of(relative, modules)
        if own is None:
            if relative != "app/main.cpp":
                yield f"{relative} belongs to no module"
            continue
        in_test = "/tests/" in relative
        allowed = {own} | modules[own]["uses"] | modules[own]["neighbours"]
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = module_of(match[1], modules)
            if target is None or target in allowed or in_test:
                continue
            yield f"{relative}:{number}: {own} includes {match[1]} without declaring {target}"
        if own != "app" and not in_test and own not in ADAPTERS:
            for adapter in ADAPTERS:
                if f'#include "{adapter}/' in file.read_text(encoding="utf-8"):
                    yield f"{relative}: only app and tests may name the adapter {adapter}"


def check_shape(source, modules):
    for name in modules:
        if not (source / name / "README.md").exists():
            yield f"{name} has no README.md"
        if not (source / name / "tests").is_dir():
            yield f"{name} has no tests"
    for file in sorted(source.rglob("*.[ch]pp")):
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > LINES_MAX:
            yield f"{file.relative_to(source)} has {lines} lines; {LINES_MAX} is the most"


def main():
    source = pathlib.Path(sys.argv[1])
    modules = read_floors(pathlib.Path(sys.argv[2]))
    findings = [*check_declarations(modules), *check_includes(source, modules), *check_shape(source, modules)]
    for finding in findings:
        print(finding)
    print(f"{len(modules)} modules, {len(findings)} findings")
    return 1 if findings or not modules else 0


if __name__ == "__main__":
    sys.exit(main())
