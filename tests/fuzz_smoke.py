#!/usr/bin/env python3
"""Runs every fuzz target for a few seconds, and a canary that must fail.

Usage: fuzz_smoke.py BUILD_DIR   (a build of the debug or the fuzz preset; fuzz_targets.txt lists the targets)
"""
import os
import pathlib
import subprocess
import sys
import tempfile

SECONDS = 300 if os.environ.get("KURAMORI_LONG_TESTS") else 4
CANARY = "fuzz_canary"

SEEDS = pathlib.Path(__file__).resolve().parent / "fuzz" / "seeds"
LEAKS = SEEDS.parent / "leaks.supp"


def run(program, seconds):
    """From the target's seeds, if it has any; what is found on the way goes into a folder of its own."""
    with tempfile.TemporaryDirectory() as work:
        found = pathlib.Path(work) / "found"
        found.mkdir()
        seeds = [SEEDS / program.name] if (SEEDS / program.name).is_dir() else []
        return subprocess.run(
            [program, found, *seeds, f"-max_total_time={seconds}", "-rss_limit_mb=4096", "-max_len=65536", "-verbosity=0"],
            cwd=work, capture_output=True, text=True, errors="replace",
            env={**os.environ, "LSAN_OPTIONS": f"suppressions={LEAKS}:print_suppressions=0"},
        )


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    targets = (build / "fuzz_targets.txt").read_text().split()
    if CANARY not in targets or len(targets) < 2:
        print("the registry of fuzz targets is empty, or has no canary")
        return 1
    failed = []
    for target in targets:
        # The canary has longer: it must be found.
        done = run(build / "bin" / target, 30 if target == CANARY else SECONDS)
        expected_failure = target == CANARY
        ok = (done.returncode != 0) == expected_failure
        print(f"{target}: {'ok' if ok else 'FAILED'}", flush=True)
        if not ok:
            failed.append(target)
            print(done.stderr[-4000:])
    print(f"{len(targets) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
