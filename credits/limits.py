"""How large and how long things may be, for tables, verbs and the API alike."""

from typing import Final

# The largest integer that JSON readers everywhere keep exact.
MAX_CREDITS: Final = 2**53 - 1
MAX_KEY_LENGTH: Final = 200
MAX_TEXT_LENGTH: Final = 255
MAX_ACTOR_LENGTH: Final = 64
MAX_SLUG_LENGTH: Final = 64
# Of a number of units: more than Python's own decimals have, few enough to reckon with.
MAX_PLACES: Final = 60

# What an operation may be called that credits are used for, or empty.
NAMED_OPERATION: Final = "[a-zA-Z0-9_.-]*"
# What one of the price list may be called: one name has one way to be written.
LISTED_OPERATION: Final = "[a-z0-9][a-z0-9._-]*"
