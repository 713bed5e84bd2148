"""What the environment and `.env` say: each value literally."""

import os
from typing import Any

import environ


class Environment(environ.Env):  # type: ignore[misc] # a class without types
    """
    Values as they are written.

    The white space around one is not part of it: a secret mounted as a file ends in a line feed,
    and lists have blanks behind their commas. A `$` is a letter like others, at the beginning too,
    where django-environ would take what follows for another variable's name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ENVIRON = {
            name: value.strip().replace("$", r"\$") for name, value in os.environ.items()
        }
        self.escape_proxy = True

    @classmethod
    def parse_value(cls, value: Any, cast: Any) -> Any:
        if cast is list or isinstance(cast, list):
            value = ",".join(filter(None, map(str.strip, value.split(","))))
        return super().parse_value(value, cast)
