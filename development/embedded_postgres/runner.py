"""Who PostgreSQL runs as: whoever started it, or `nobody` for root, as whom it refuses to run."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import NoUnprivilegedUser

# All that the server takes from our environment: no secret, no PG* variable.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True)
class Runner:
    uid: int
    gid: int
    switches: bool

    @classmethod
    def current(cls) -> "Runner":
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switches=False)
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError as error:
            raise NoUnprivilegedUser from error
        return cls(nobody.pw_uid, nobody.pw_gid, switches=True)

    def run(self, *command: str | Path, **options: Any) -> "subprocess.CompletedProcess[str]":
        if self.switches:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return subprocess.run(  # noqa: S603 - our own commands
            [str(part) for part in command],
            check=False,
            cwd="/",
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            text=True,
            **options,
        )

    def can_enter(self, folder: Path) -> bool:
        """Say whether every folder on the way is open to this user, by trying."""
        if not self.switches:
            return os.access(folder, os.X_OK)
        tried = self.run("/bin/sh", "-c", 'cd "$1"', "sh", folder, stderr=subprocess.DEVNULL)
        return tried.returncode == 0

    def own(self, path: Path) -> None:
        if self.switches:
            os.chown(path, self.uid, self.gid)
