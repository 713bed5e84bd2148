"""The migrations of credits, and what the next version adds."""

from credits import migrations

__path__ += migrations.__path__
