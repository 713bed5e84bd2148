"""Which errors mean that the database is away, and say nothing of what was asked of it."""

from django.db import InterfaceError, OperationalError
from psycopg.errors import ReadOnlySqlTransaction


def is_database_away(error: Exception) -> bool:
    """Tell so of a lost connection, a time limit, and a standby where the primary was."""
    return isinstance(error, OperationalError | InterfaceError) or isinstance(
        error.__cause__, ReadOnlySqlTransaction
    )
