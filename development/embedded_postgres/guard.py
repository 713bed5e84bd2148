"""The process that outlives the users of a server, and stops it: see `sharing.py`."""

import argparse
from pathlib import Path

from .sharing import Users


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("locks", type=Path)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--throw-away", action="store_true")
    given = arguments.parse_args()
    Users(given.locks, data=given.data, throw_away=given.throw_away).guard()


if __name__ == "__main__":
    main()
