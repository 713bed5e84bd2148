"""
What every command of ours says when something that it needs is away: one line, exit code 2.

Exit code 1 is for what a command found or could not do while all that it needs was there.
"""

from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from credits.availability import is_database_away

AWAY: Final = 2  # the exit code


class OperatorCommand(BaseCommand):
    """A command that ends with one line, not with a traceback, when what it needs is away."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """
        Run the command.

        :raises CommandError: with `returncode` 2 if the database, or whatever else the command
            needs, does not answer, at any moment of it
        """
        try:
            return super().execute(*args, **options)
        except CommandError:
            raise
        except Exception as error:
            message = self.away(error)
            if message is None:
                raise
            raise CommandError(message, returncode=AWAY) from error

    def away(self, error: Exception) -> str | None:
        """Say what is away and what to do, for an error that means it; else None."""
        if isinstance(error, ProgrammingError) and "does not exist" in str(error):
            return f"The database is not this version's: {line(error)}. Run `manage.py migrate`."
        if is_database_away(error):
            return (
                f"The database failed: {line(error)}. What was done before stays done; run this"
                " again when the database answers."
            )
        return None


def line(error: Exception) -> str:
    """Give an error's message in one line."""
    return (" ".join(str(error).split()) or type(error).__name__).rstrip(".?")
