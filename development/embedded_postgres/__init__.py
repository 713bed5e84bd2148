"""
A real PostgreSQL for a laptop and for tests, without installing one.

`project_server` keeps its data in the project and is shared by all commands run there;
`throw_away_server` is fast, and gone afterwards. Each is a server of its own behind a Unix socket
in a private folder; it stops when the last process that uses it has ended, however it ended.
Nothing is added to the system, and no permission outside the project's own folder is changed.
"""

import atexit
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from . import binaries, sharing
from .cluster import Cluster
from .errors import EmbeddedPostgresError
from .postmaster import FOLDER, temporary_parent
from .runner import Runner
from .sharing import PROJECT, Users

__all__ = [
    "PROJECT",
    "EmbeddedPostgresError",
    "Server",
    "is_embedded",
    "programs",
    "project_server",
    "throw_away_server",
]

DATABASE = "credits"


@dataclass(frozen=True)
class Server:
    socket_folder: Path
    log: Path
    users: Users

    def url(self, database: str = DATABASE) -> str:
        """Give the address as `DATABASE_URL` has it, in the form that django-environ reads."""
        return f"postgres://postgres@/{database}?host={quote(str(self.socket_folder))}"

    def leave(self) -> None:
        """Stop using it; happens at exit by itself."""
        atexit.unregister(self.leave)
        self.users.leave()


def project_server(project: Path = PROJECT) -> Server:
    """
    Start the project's own server, or join it where it runs, and make its database.

    :raises EmbeddedPostgresError: if there is no PostgreSQL here, or it does not start
    """
    locks = locks_of(project)
    with sharing.starting(locks):
        home = home_of(locks)
        return joined(Cluster(home, private=home, durable=True), locks, throw_away=False)


def throw_away_server(
    *, durable: bool = False, settings: tuple[str, ...] = (), project: Path = PROJECT
) -> Server:
    """
    Start a server of our own that leaves nothing behind.

    :param durable: wait for the disk at each commit; without it, much is faster
    :param settings: of the server, each `name=value`
    :raises EmbeddedPostgresError: if there is no PostgreSQL here, or it does not start
    """
    locks = locks_of(project)
    with sharing.starting(locks):
        private = home_of(locks)
        binaries.find(Runner.current(), private=private)
    home = Path(tempfile.mkdtemp(prefix="credits-throw-away-", dir=temporary_parent()))
    home.chmod(0o711)
    cluster = Cluster(home, private=private, durable=durable, settings=settings)
    return joined(cluster, home, throw_away=True)


def programs(project: Path = PROJECT) -> Path:
    """Give the folder of PostgreSQL's programs (`psql`, `pgbench`, …)."""
    locks = locks_of(project)
    with sharing.starting(locks):
        return binaries.find(Runner.current(), private=home_of(locks))[0]


def is_embedded(host: str) -> bool:
    """Say whether a database's host, as Django's settings have it, is a server of ours."""
    return Path(host).name.startswith(FOLDER)


def joined(cluster: Cluster, locks: Path, *, throw_away: bool) -> Server:
    users = Users(locks, data=cluster.data, throw_away=throw_away)
    users.join()
    try:
        postmaster = cluster.ensure_running()
        server = Server(postmaster.socket_folder, cluster.log, users)
        make_database(server)
    except BaseException:
        users.leave()
        raise
    atexit.register(server.leave)
    return server


def make_database(server: Server) -> None:
    import psycopg  # noqa: PLC0415 - the guard, which waits in memory, does without

    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        exists = "SELECT FROM pg_database WHERE datname = %s"
        if connection.execute(exists, [DATABASE]).fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


def locks_of(project: Path) -> Path:
    locks = project / ".local" / "postgres"
    locks.mkdir(parents=True, exist_ok=True)
    return locks


def home_of(locks: Path) -> Path:
    """
    Give the folder for what the server's own user must reach.

    That is the project's, unless we are root in a closed folder: then one outside, which the file
    `elsewhere` names.
    """
    if Runner.current().can_enter(locks):
        return locks
    name = locks / "elsewhere"
    if name.exists():
        home = Path(name.read_text().strip())
        if home.is_dir() and not home.is_symlink() and home.stat().st_uid == os.geteuid():
            return home
    home = Path(tempfile.mkdtemp(prefix="credits-state-", dir="/var/tmp"))
    home.chmod(0o711)
    name.write_text(f"{home}\n")
    return home
