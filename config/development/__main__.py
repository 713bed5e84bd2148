"""
The whole site in one terminal: `make run`.

PostgreSQL, the sandbox that stands in for Stripe, the web server and the worker, with the output
of each under its name. Ctrl-C stops them all; should this process be killed, they end by
themselves. With STRIPE_SECRET_KEY set there is no sandbox, and Stripe is Stripe.
"""

import os
import shlex
import signal
import socket
import sys

from honcho.manager import Manager

from config.development import ensure_database, loosen, read_env_file
from config.embedded_postgres import PROJECT

from .lifeline import hold_lifeline


def main() -> None:
    read_env_file()
    port = int(os.environ.setdefault("PORT", "8000"))
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    loosen()
    refuse_taken("PORT", port)
    sandbox = use_sandbox() if not os.environ.get("STRIPE_SECRET_KEY") else None
    lifeline = hold_lifeline(port)
    server = ensure_database()

    manager = Manager()
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "LIFELINE": lifeline}
    if server is not None:
        manager.add_process("postgres", f"exec tail -n 0 -F {shlex.quote(str(server.log))}")
    for name in ([] if sandbox is None else ["stripe"]) + ["web", "worker"]:
        command = shlex.join([sys.executable, "-m", "config.development.parts", name])
        manager.add_process(name, f"exec {command}", env=environment, cwd=str(PROJECT))
    # A closed terminal ends everything, as Ctrl-C does.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    if server is not None:
        server.leave()
    stopped_by_hand = manager.returncode in {128 + signal.SIGINT, 128 + signal.SIGTERM}
    sys.exit(0 if stopped_by_hand else 1)


def use_sandbox() -> str:
    """Point the site at a Stripe of its own on this machine, and give its address."""
    port = int(os.environ.setdefault("SANDBOX_PORT", "12111"))
    refuse_taken("SANDBOX_PORT", port)
    base = f"http://127.0.0.1:{port}"
    os.environ["STRIPE_SECRET_KEY"] = "sk_test_" + "sandbox0" * 3
    os.environ["STRIPE_API_BASE"] = base
    os.environ["STRIPE_WEBHOOK_SECRET"] = "whsec_sandbox"  # noqa: S105 - signs for this machine
    os.environ["STRIPE_LIVE_MODE"] = "false"
    return base


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
