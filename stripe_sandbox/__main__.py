"""Run a small Stripe on this machine: `python -m stripe_sandbox`, or `stripe-sandbox`."""

import argparse
import asyncio
import contextlib
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from stripe_sandbox import PORT


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Serve until SIGINT or SIGTERM.

    :raises SystemExit: with a sentence if the port is taken, a package is missing, or the file of
        its state cannot be used, then or later
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if bool(options.forward_to) != bool(options.secret):
        parser.error("--forward-to and --secret belong together.")
    try:
        if options.state is not None:
            options.state.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(options))
    except (sqlite3.Error, OSError) as error:
        sys.exit(f"The state in {options.state} cannot be used: {error}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stripe-sandbox",
        description="A Stripe sandbox on 127.0.0.1: payment page, dashboard, API and webhooks.",
    )
    parser.add_argument("--port", type=int, default=PORT, help="default: %(default)s")
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="the file that keeps everything (default: nothing outlives the process)",
    )
    parser.add_argument("--forward-to", metavar="URL", help="deliver every event here")
    parser.add_argument("--secret", metavar="whsec_…", help="sign deliveries with this secret")
    return parser


async def _serve(options: argparse.Namespace) -> None:
    try:
        from stripe_sandbox.server import (  # noqa: PLC0415 - names what is missing
            Config,
            PortTaken,
            Server,
        )
    except ModuleNotFoundError as error:
        sys.exit(f"The sandbox needs {error.name}: pip install 'django-stripe-credits[sandbox]'.")
    config = Config(
        port=options.port,
        state=":memory:" if options.state is None else str(options.state),
        forward=(options.forward_to, options.secret) if options.forward_to else None,
    )
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        async with Server(config) as server:
            _say(f"Stripe sandbox: {server.base_url}  (no real money)")
            if config.forward is not None:
                _say(f"Delivering every event to {config.forward[0]}")
            await server.serve_until(stopped)
    except PortTaken as error:
        sys.exit(str(error))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
