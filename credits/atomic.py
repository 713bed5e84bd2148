"""Who owns a transaction, said in code that raises."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import TransactionManagementError

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class TransactionRequired(TransactionManagementError):
    """A function that belongs to its caller's transaction was called outside of any."""


def transaction_required(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """
    Mark a function that is a part of its caller's transaction: they stand or fall together.

    :raises TransactionRequired: when it is called outside of `transaction.atomic()`
    """

    @wraps(function)
    def checked(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        if not connections[DEFAULT_DB_ALIAS].in_atomic_block:
            raise TransactionRequired(
                f"{function.__module__}.{function.__qualname__} is a part of its caller's"
                " transaction: call it inside transaction.atomic()"
            )
        return function(*args, **kwargs)

    return checked
