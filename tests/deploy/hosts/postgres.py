"""Debian's PostgreSQL 15 on two hosts, the second a synchronous standby of the first."""

import os
import pwd
import signal
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.deploy.hosts.network import NET
from tests.processes import wait_until

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "a-password"
STARTS_WITHIN = 120.0


def as_nobody(*words):
    """Write a command as one of somebody without rights: none of these servers wants root."""
    if os.geteuid():
        return list(map(str, words))
    nobody = pwd.getpwnam("nobody")
    ids = (f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
    return ["setpriv", *ids, *map(str, words)]


class Postgres:
    def __init__(self, network, folder, host):
        self.network, self.host = network, host
        self.data = folder / host
        self.sockets = folder / f"{host}-sockets"  # not in the data, which is copied
        self.sockets.mkdir()
        self.sockets.chmod(0o777)
        self.address = network.address(host)
        self.url = f"postgres://site:{PASSWORD}@{self.address}/credits"

    def make(self):
        self.do("initdb", "--pgdata", self.data, "--username=postgres", "--encoding=UTF8")
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all,replication all {NET}.0/24 scram-sha-256\n")

    def copy(self, primary):
        """Become a standby of another: its data, and where to follow it."""
        source = (
            f"host={primary.address} user=site password={PASSWORD} application_name={self.host}"
        )
        self.do("pg_basebackup", "-D", self.data, "-R", "-X", "stream", "-c", "fast", "-d", source)

    @contextmanager
    def running(self):
        server = as_nobody(
            PROGRAMS / "postgres",
            *("-D", self.data, "-c", "listen_addresses=*", "-c", "max_connections=100"),
            *("-c", f"unix_socket_directories={self.sockets}", "-c", "max_wal_size=1GB"),
        )
        with (
            (self.data.parent / f"{self.host}.log").open("ab") as log,
            self.network.running(self.host, *server, stdout=log, stderr=log) as process,
        ):

            def is_ready():
                assert process.poll() is None, Path(log.name).read_text()[-3000:]
                return self.is_ready()

            wait_until(is_ready, seconds=STARTS_WITHIN)
            yield process

    def is_ready(self):
        asked = subprocess.run(
            [PROGRAMS / "pg_isready", "--quiet", "--host", self.sockets], check=False
        )
        return asked.returncode == 0

    def sql(self, statement, database="postgres"):
        words = ("psql", "--no-psqlrc", "-qAt", "-h", self.sockets, "-U", "postgres", database)
        return self.do(*words, "-c", statement).strip()

    def kill(self):
        """End every process of the server at once, as when its machine goes."""
        namespace = self.network.namespace(self.host)
        found = subprocess.run(
            ["ip", "netns", "pids", namespace], capture_output=True, text=True, check=True
        )
        for pid in map(int, found.stdout.split()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def promote(self):
        self.do("pg_ctl", "promote", "--pgdata", self.data, "--wait", "--timeout=60")

    def do(self, program, *words):
        return self.network.run(self.host, *as_nobody(PROGRAMS / program, *words), cwd="/")


def start_pair(first, second, stack):
    """Start a primary that acknowledges nothing before its standby has it on disk."""
    first.make()
    stack.enter_context(first.running())
    first.sql(f"CREATE ROLE site LOGIN REPLICATION PASSWORD '{PASSWORD}'")
    first.sql("CREATE DATABASE credits OWNER site")
    second.copy(first)
    stack.enter_context(second.running())
    first.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{second.host}'")
    first.sql("SELECT pg_reload_conf()")
    following = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
    wait_until(lambda: first.sql(following) == "1", seconds=STARTS_WITHIN)
