"""The scripts of js/ with the SDKs that they use, as node runs them."""
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent / "js"
BUILT = HERE / "build"


def build():
    if not (HERE / "node_modules" / "matrix-js-sdk-simplified").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True, timeout=600)
    subprocess.run(["npm", "run", "--silent", "bundle"], cwd=HERE, check=True, timeout=300)
