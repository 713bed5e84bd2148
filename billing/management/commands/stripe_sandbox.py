"""Run a small Stripe on this machine: `manage.py stripe_sandbox`."""

import asyncio
import contextlib
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Serves until it is told to stop; its state survives."""

    help = "Run the Stripe sandbox on 127.0.0.1: payment page, dashboard, API and webhooks."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=12111)
        parser.add_argument(
            "--state",
            type=Path,
            default=Path(settings.BASE_DIR) / ".local" / "stripe-sandbox.sqlite3",
            help="the file that keeps everything (default: %(default)s)",
        )
        parser.add_argument("--forward-to", metavar="URL", help="deliver every event here")
        parser.add_argument(
            "--secret", metavar="whsec_…", help="the secret that deliveries are signed with"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The Stripe sandbox is for development: it starts with DEBUG on only."
            )
        if bool(options["forward_to"]) != bool(options["secret"]):
            raise CommandError("--forward-to and --secret belong together.")
        options["state"].parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self.serve(options))

    async def serve(self, options: dict[str, Any]) -> None:
        try:
            from stripe_sandbox.server import Config, Server  # noqa: PLC0415 - aiohttp is for dev
        except ModuleNotFoundError as error:
            raise CommandError(
                f"The sandbox needs {error.name}: install requirements/dev.txt."
            ) from error
        forward = (options["forward_to"], options["secret"]) if options["forward_to"] else None
        config = Config(
            port=options["port"],
            state=str(options["state"]),
            forward=forward,
        )
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        try:
            async with Server(config) as server:
                self.stdout.write(f"Stripe sandbox: {server.base_url}  (no real money)")
                if forward is not None:
                    self.stdout.write(f"Delivering every event to {forward[0]}")
                self.stdout.flush()
                await stopped.wait()
        except OSError as error:
            raise CommandError(
                f"Port {options['port']} is taken or closed to us: {error.strerror or error}."
            ) from error
