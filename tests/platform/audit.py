"""
The packages of the lock files: whether a hole is known in one, and a list of them.

`python -m tests.platform.audit` ends with 1 if there is a hole; where the index does not tell of
holes, it says so and ends well. `--bill-of-materials FILE` writes the list, as CycloneDX.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tests.processes import PROJECT

LOCKS = ("base.txt", "dev.txt", "audit.txt")
SECONDS = 120.0


def main():
    parser = argparse.ArgumentParser(description="Look for known holes in the locked packages.")
    parser.add_argument("--bill-of-materials", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.bill_of_materials:
        write_bill(options.bill_of_materials)
        return
    answer = ask()
    if answer is None:
        print("pip-audit: the index does not answer, so nothing is known of holes.")  # noqa: T201
        return
    known, holes = judge(answer)
    if not known:
        print("pip-audit: the index knows none of the packages, so nothing is known of holes.")  # noqa: T201
        return
    for hole in holes:
        print(hole)  # noqa: T201
    print(f"pip-audit: {len(holes)} holes in the {known} packages that the index knows.")  # noqa: T201
    sys.exit(bool(holes))


def ask():
    """Ask the index about each locked package; None if it cannot be asked."""
    locks = [word for lock in LOCKS for word in ("-r", f"requirements/{lock}")]
    options = ("--disable-pip", "--require-hashes", "--format=json", "--progress-spinner=off")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", *options, *locks],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def judge(answer):
    """Count the packages that the index knows, and list the holes in them."""
    known = [package for package in answer["dependencies"] if "skip_reason" not in package]
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}"
        f" (mended in {', '.join(hole['fix_versions']) or 'no release'})"
        for package in known
        for hole in package["vulns"]
    ]
    return len(known), holes


def write_bill(file):
    """Write what the site is made of: each package of its lock with its version and hashes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "cyclonedx_py", "requirements", "requirements/base.txt"),
            *("--pyproject", "pyproject.toml", "--output-reproducible"),
            *("--output-format", "JSON", "--output-file", file),
        ],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()
