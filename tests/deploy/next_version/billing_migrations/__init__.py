"""The migrations of billing, and what the next version adds."""

from billing import migrations

__path__ += migrations.__path__
