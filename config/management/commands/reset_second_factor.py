"""Let somebody in who has lost their device: `manage.py reset_second_factor <address or key>`."""

import logging
from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import CommandError
from django.db import transaction

from billing import users
from credits.management.base import OperatorCommand

log = logging.getLogger(__name__)


class Command(OperatorCommand):
    help = (
        "Take away a person's second factors and recovery codes, and sign them out everywhere."
        " Make sure first that it is they who ask."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", help="an e-mail address, or the user's primary key")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = users.find(options["who"])
        except users.SeveralUsers as error:
            raise CommandError(f"{error} Name one by key.") from error
        if user is None:
            raise CommandError(f"There is no user {options['who']}.")
        with transaction.atomic():
            taken = Authenticator.objects.filter(user_id=user.pk).delete()[0]
            ended = users.end_sessions(user)
        if not taken:
            raise CommandError(f"User {user.pk} has no second factor.")
        log.warning("second_factor_reset", extra={"user": str(user.pk)})
        self.stdout.write(
            f"User {user.pk} has no second factor any more, and was signed out of {ended} sessions."
            " Staff set up another one when they sign in next."
        )
