"""Play a named scenario against the running sandbox: `manage.py play dispute-won`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from billing import conf, stripe_gateway
from billing.management.base import StripeCommand
from credits.management.base import AWAY
from development import scenarios
from development.scenarios import posting
from development.scenarios.runner import held_back
from stripe_sandbox.client import Refused, Sandbox


class Command(StripeCommand):
    help = "Play what can happen to a purchase, and show what follows for the credits."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="*", help="scenarios to play; `all` plays every one")
        parser.add_argument("--list", action="store_true", help="show the scenarios")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"] or not options["name"]:
            width = max(map(len, scenarios.SCENARIOS))
            for name, scenario in scenarios.SCENARIOS.items():
                self.stdout.write(f"{name:<{width}}  {(scenario.__doc__ or '').strip()}")
            return
        names = list(scenarios.SCENARIOS) if options["name"] == ["all"] else options["name"]
        unknown = sorted(set(names) - set(scenarios.SCENARIOS))
        if unknown:
            raise CommandError(f"There is no {', '.join(unknown)}. `manage.py play --list`.")
        _refuse_elsewhere()
        poster = posting.choose()
        sandbox = Sandbox(conf.api_base())
        self.stdout.write(f"Events are delivered to {poster.name}.")
        try:
            with held_back(sandbox):
                for name in names:
                    self._play(
                        name,
                        scenarios.Runner(sandbox=sandbox, poster=poster, say=self.stdout.write),
                    )
        except OSError as error:
            raise CommandError(
                f"No sandbox answers on {conf.api_base()} ({error})."
                " Start it: `make run`, or `python -m stripe_sandbox`.",
                returncode=AWAY,
            ) from error

    def _play(self, name: str, runner: scenarios.Runner) -> None:
        scenario = scenarios.SCENARIOS[name]
        self.stdout.write(f"\n{name}: {(scenario.__doc__ or '').strip()}")
        try:
            scenario(runner)
        except (scenarios.CannotRun, scenarios.Mismatch, Refused) as error:
            raise CommandError(f"{name}: {error}") from error
        except stripe_gateway.GatewayError as error:
            raise CommandError(
                f"{name}: the sandbox did not open a session: {error}", returncode=AWAY
            ) from error


def _refuse_elsewhere() -> None:
    if not conf.is_debug():
        raise CommandError("Scenarios are for development: they need DEBUG on.")
    if "_live_" in conf.secret_key() or conf.livemode():
        raise CommandError("This key moves real money. Scenarios need the sandbox.")
    if not conf.api_base():
        raise CommandError(
            "Scenarios need the sandbox: set STRIPE_API_BASE to its address, such as"
            " http://127.0.0.1:12111, and STRIPE_WEBHOOK_SECRET to the secret it signs with."
        )
    if not conf.webhook_secrets():
        raise CommandError("STRIPE_WEBHOOK_SECRET is not set, so no event could be signed.")
