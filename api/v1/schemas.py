"""What comes in and goes out: the shapes of the OpenAPI document. Unknown fields are refused."""

import re
from datetime import date, datetime
from typing import Annotated, Final, Literal

from ninja import Header
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)

from api.v1.references import Reference
from credits.models import CreditTransaction, Hold, Lot
from credits.validation import MAX_CREDITS, MAX_SLUG_LENGTH, MAX_TEXT_LENGTH

MOST_SPENDS: Final = 500
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
    Field(max_length=MAX_SLUG_LENGTH, pattern=r"^[a-zA-Z0-9_.-]*$", examples=["image.large"]),
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


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AboutAccount(Body):
    account: Annotated[
        AccountNumber | None,
        Field(description="A key for one account needs none; a key for all must name one."),
    ] = None


class Spend(AboutAccount):
    credits: Credits
    operation: Annotated[
        Slug, Field(description="What they are used for: usage is counted by it.")
    ] = ""
    description: Description = ""
    metadata: Metadata = Field(default_factory=dict)


class OneSpend(Spend):
    idempotency_key: IdempotencyKey


class Spends(Body):
    spends: Annotated[list[OneSpend], Field(min_length=1, max_length=MOST_SPENDS)]


class Charge(AboutAccount):
    operation: Annotated[Slug, Field(min_length=1, description="One of the price list.")]
    units: Units = "1"
    description: Annotated[
        Description, Field(description="The holder reads it; empty: the operation's name.")
    ] = ""
    metadata: Metadata = Field(default_factory=dict)


class GiveBack(Body):
    transaction: Annotated[
        Reference, Field(description="The spend, or the hold that was captured.")
    ]
    credits: Credits
    description: Description = ""
    metadata: Metadata = Field(default_factory=dict)


class Grant(AboutAccount):
    credits: Credits
    kind: Annotated[
        Literal["PROMOTION", "ALLOWANCE", "SIGNUP"], Field(description="Why they are given.")
    ] = "PROMOTION"
    expires_at: Annotated[
        Instant | None, Field(description="With a time zone; null: they never expire.")
    ] = None
    description: Description = ""
    metadata: Metadata = Field(default_factory=dict)


class NewHold(AboutAccount):
    credits: Credits
    operation: Annotated[
        Slug, Field(description="What they are used for: usage is counted by it.")
    ] = ""
    lasts: Annotated[
        Lasts | None,
        Field(
            description="Seconds until it lets go by itself, as far as the site allows; null: what"
            " is usual there."
        ),
    ] = None
    description: Description = ""
    metadata: Metadata = Field(default_factory=dict)


class Capture(Body):
    credits: Annotated[Credits, Field(description="What the work used, at most what is held.")]


class Extend(Body):
    lasts: Annotated[
        Lasts,
        Field(
            description="Seconds from now until it lets go by itself, as far as the site allows."
        ),
    ]


class Balance(BaseModel):
    account: int
    balance: Annotated[int, Field(description="Credits that can be spent now.")]
    held: Annotated[int, Field(description="Credits that holds have set aside.")]


class Transaction(BaseModel):
    id: Reference
    account: int
    number: Annotated[int, Field(description="1, 2, 3 … in each account, without a gap.")]
    kind: Literal[tuple(CreditTransaction.Kind.values)]  # type: ignore[valid-type]
    amount: Annotated[int, Field(description="What it did to the balance: below 0 if it took.")]
    balance_after: int
    undoes: Annotated[
        Reference | None, Field(description="The transaction that it gives back or lets go.")
    ]
    operation: Annotated[str, Field(description="What it was for; empty if nobody said.")]
    description: str
    idempotency_key: Annotated[str | None, Field(description="Yours; null for what others did.")]
    metadata: Annotated[
        dict[str, str] | None, Field(description="Yours; null for what others did.")
    ]
    created_at: datetime


class Charged(BaseModel):
    credits: Annotated[int, Field(description="What it cost; 0 if it is free.")]
    transaction: Annotated[Transaction | None, Field(description="None if it is free.")]


class PricedOperation(BaseModel):
    operation: str
    name: str
    base: Annotated[int, Field(description="Credits for each use.")]
    per_unit: Annotated[str, Field(description="Credits for each unit, on top; a decimal number.")]
    unit: Annotated[str, Field(description="What is counted; empty where nothing is.")]


class PriceList(BaseModel):
    items: list[PricedOperation]


class Cost(BaseModel):
    operation: str
    units: str
    credits: int


class UsedOnDay(BaseModel):
    day: date
    credits: Annotated[int, Field(description="Below 0 if more came back than went out.")]


class UsedFor(BaseModel):
    operation: Annotated[str, Field(description="Empty for what named none.")]
    name: str
    uses: int
    credits: int
    by_day: list[UsedOnDay]


class Usage(BaseModel):
    account: int
    first_day: date
    last_day: date
    credits: int
    operations: Annotated[list[UsedFor], Field(description="The dearest first.")]


class Transactions(BaseModel):
    items: list[Transaction]
    has_more: bool
    next_cursor: Annotated[
        str | None, Field(description="Where to go on; null if there is nothing to go on from.")
    ]


class HoldState(BaseModel):
    """`EXPIRED` has let go by itself; what it would have paid for is paid from the balance."""

    id: Reference
    account: int
    credits: int
    captured: int
    status: Literal[tuple(Hold.Status.values)]  # type: ignore[valid-type]
    expires_at: Annotated[datetime, Field(description="When it lets go by itself.")]
    created_at: datetime
    closed_at: datetime | None
    late: Annotated[
        Transaction | None,
        Field(
            description="What a capture spent from the balance since the hold had let go: as much"
            " as there was. Give back this one then."
        ),
    ]


class Granted(BaseModel):
    transaction: Transaction
    kind: Literal[tuple(Lot.Kind.values)]  # type: ignore[valid-type]
    expires_at: datetime | None


class FieldProblem(BaseModel):
    field: str
    message: str


class ProblemDetails(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    code: Annotated[str, Field(description="What a program looks at.")]
    detail: Annotated[str, Field(description="What a person reads.")]


class TooFewCredits(ProblemDetails):
    requested: int
    available: int
    buy_url: Annotated[str | None, Field(description="Where people buy credits.")]


class InvalidRequest(ProblemDetails):
    errors: list[FieldProblem]


class SpendAnswer(BaseModel):
    """One of the two."""

    transaction: Transaction | None = None
    problem: ProblemDetails | TooFewCredits | None = None


class SpendAnswers(BaseModel):
    answers: Annotated[list[SpendAnswer], Field(description="One a spend, in their order.")]


class AccountOfPerson(BaseModel):
    account: int
    user: Annotated[str, Field(description="The key of the person in this site.")]


class Accounts(BaseModel):
    items: list[AccountOfPerson]
