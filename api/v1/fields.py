"""What may stand in a field of a request, and how the OpenAPI document says so."""

import re
from typing import Annotated, Final

from ninja import Header
from pydantic import AwareDatetime, BeforeValidator, Field, StrictInt, StrictStr, WithJsonSchema

from credits.limits import MAX_CREDITS, MAX_SLUG_LENGTH, MAX_TEXT_LENGTH, NAMED_OPERATION

MAX_LASTS: Final = 366 * 24 * 3600  # seconds
MAX_ID: Final = 2**63 - 1

# PostgreSQL's texts have no NUL.
_TEXT: Final = r"^[^\x00]*$"

# Names of metadata; what begins with an underscore is the API's own.
_NAME: Final = r"^[^_\x00][^\x00]*$"


def _whole(value: object) -> object:
    """Read 5.0 as 5: to JSON they are one number, and some languages write it so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_WHOLE: Final = BeforeValidator(_whole)
Credits = Annotated[StrictInt, Field(ge=1, le=MAX_CREDITS, description="A whole number."), _WHOLE]
AccountNumber = Annotated[StrictInt, Field(ge=1, le=MAX_ID, examples=[17]), _WHOLE]
Description = Annotated[
    StrictStr,
    Field(max_length=MAX_TEXT_LENGTH, pattern=_TEXT, description="The holder reads it."),
]
Metadata = Annotated[
    dict[
        Annotated[StrictStr, Field(max_length=40, pattern=_NAME)],
        Annotated[StrictStr, Field(max_length=500, pattern=_TEXT)],
    ],
    Field(max_length=50),
    WithJsonSchema(
        {
            "type": "object",
            "description": "Your own words about it, kept forever.",
            "maxProperties": 50,
            "propertyNames": {"maxLength": 40, "pattern": _NAME},
            "additionalProperties": {"type": "string", "maxLength": 500, "pattern": _TEXT},
        }
    ),
]
IdempotencyKey = Annotated[
    StrictStr,
    Field(
        min_length=1,
        max_length=128,
        pattern=r"^[!-~]+$",
        description="Your name for what happens: it happens once, however often you ask.",
        examples=["report:17"],
    ),
]
IdempotencyHeader = Annotated[IdempotencyKey, Header(alias="Idempotency-Key")]
Lasts = Annotated[StrictInt, Field(ge=1, le=MAX_LASTS, description="Seconds."), _WHOLE]


Slug = Annotated[
    StrictStr,
    Field(max_length=MAX_SLUG_LENGTH, pattern=f"^{NAMED_OPERATION}$", examples=["image.large"]),
]
Units = Annotated[
    StrictStr,
    Field(
        pattern=r"^[0-9]{1,15}(\.[0-9]{1,6})?$",
        description="How many units of it: a number with six decimal places at most.",
        examples=["12", "1.5"],
    ),
]


# RFC 3339, in this millennium: what is later, or earlier, Python or PostgreSQL could not read.
_INSTANT: Final = (
    r"2[0-9]{3}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _written_as_an_instant(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(_INSTANT, value):
        return value
    raise ValueError("an instant of this millennium, as RFC 3339 writes it, with its time zone")


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_written_as_an_instant),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": "^2",
            "examples": ["2030-01-31T12:00:00Z"],
        }
    ),
]
