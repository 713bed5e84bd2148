"""
Hosts on one machine: each is a network namespace with a cable to a switch.

The switch is a namespace too, so nothing of this machine's own network changes.
"""

import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager

from tests.processes import running

NET = "10.77.0"
NAMES = ("client", "proxy", "pool", "web1", "web2", "worker", "db1", "db2")


def lacking():
    """Say what is missing here for hosts of our own; empty if nothing is."""
    if os.geteuid() != 0:
        return "root is needed to make network namespaces"
    if not shutil.which("ip"):
        return "`ip` is not here (apt install iproute2)"
    tried = subprocess.run(
        ["ip", "netns", "add", f"probe-{os.getpid()}"], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        return f"no network namespace can be made: {tried.stderr.strip()}"
    ip("netns", "del", f"probe-{os.getpid()}")
    return ""


def ip(*words):
    subprocess.run(["ip", *map(str, words)], check=True, capture_output=True)


class Network:
    def __init__(self, mark):
        self.mark = mark
        self.switch = f"{mark}-switch"

    def namespace(self, host):
        return f"{self.mark}-{host}"

    @staticmethod
    def address(host):
        return f"{NET}.{NAMES.index(host) + 2}"

    def plug(self, host, *, into):
        """Pull a host's cable out of the switch, or put it back (`into`: up or down)."""
        ip("-n", self.switch, "link", "set", f"to-{host}", into)

    def command(self, host, *words):
        return ["ip", "netns", "exec", self.namespace(host), *words]

    def running(self, host, *words, **options):
        return running(self.command(host, *words), **options)

    def run(self, host, *words, **options):
        done = subprocess.run(
            self.command(host, *map(str, words)),
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
        return done.stdout


@contextmanager
def network():
    """Make the hosts; they are gone with the block, as are their cables."""
    made = Network(f"shop{os.getpid()}")
    with ExitStack() as undo:

        def add(name):
            ip("netns", "add", name)
            undo.callback(ip, "netns", "del", name)
            ip("-n", name, "link", "set", "lo", "up")

        add(made.switch)
        ip("-n", made.switch, "link", "add", "switch", "type", "bridge")
        ip("-n", made.switch, "link", "set", "switch", "up")
        for host in NAMES:
            name = made.namespace(host)
            add(name)
            ends = ("peer", "name", f"to-{host}", "netns", made.switch)
            ip("-n", name, "link", "add", "cable", "type", "veth", *ends)
            ip("-n", made.switch, "link", "set", f"to-{host}", "master", "switch", "up")
            ip("-n", name, "addr", "add", f"{made.address(host)}/24", "dev", "cable")
            ip("-n", name, "link", "set", "cable", "up")
        yield made
