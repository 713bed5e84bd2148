"""
The whole site in one terminal: `make run`.

PostgreSQL, the sandbox that stands in for Stripe, the web server and the worker, with the output
of each under its name. Ctrl-C stops them all; should this process be killed, they end by
themselves. With STRIPE_SECRET_KEY set there is no sandbox, and Stripe is Stripe.
"""

import os
import socket
import sys

from development.embedded_postgres import PROJECT
from development.environment import ensure_database, loosen, name_sandbox, read_env_file

from . import announcement, parent_lock, prepared, processes, runs
from .terminal import Terminal


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    read_env_file()
    loosen()
    port = int(os.environ["PORT"])
    refuse_taken("PORT", port)
    names = ["web", "worker"]
    if not os.environ.get("STRIPE_SECRET_KEY"):
        name_sandbox()
        refuse_taken("SANDBOX_PORT", int(os.environ["SANDBOX_PORT"]))
        names.insert(0, "stripe")
    lock = runs.lock_of(port)
    os.environ["PARENT_LOCK"] = str(lock)
    parent_lock.hold(lock, note=runs.note())
    server = ensure_database()

    commands = processes.commands(names, is_prepared=prepared.is_prepared())
    if server is not None:
        commands = {"postgres": ["tail", "-n", "0", "-F", str(server.log)]} | commands
    terminal = Terminal(PROJECT, os.environ)
    is_over = announcement.announce(os.environ, say=terminal.say)
    asked = terminal.run(commands)
    is_over.set()
    if server is not None:
        server.leave()
    sys.exit(0 if asked else 1)


def refuse_taken(name: str, port: int) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            sys.exit(
                f"Port {port} is taken by another program (another `make run`, perhaps).\n"
                f"Stop that one, or choose another port: {name}={port + 1} make run"
            )


if __name__ == "__main__":
    main()
