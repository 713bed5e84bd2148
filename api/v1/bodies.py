"""What comes in: the bodies of requests. Unknown fields are refused."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from api.v1.fields import (
    AccountNumber,
    Credits,
    Description,
    IdempotencyKey,
    Instant,
    Lasts,
    Metadata,
    Slug,
    Units,
)
from api.v1.references import Reference

MOST_SPENDS: Final = 500


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AboutAccount(Body):
    account: Annotated[
        AccountNumber | None,
        Field(description="A key for one account needs none; a key for all must name one."),
    ] = None


class OpenAccount(Body):
    user: Annotated[
        StrictStr,
        Field(
            min_length=1,
            max_length=64,
            pattern=r"^[!-~]+$",
            description="The key of the person in this site, as `GET /accounts?email=` gives it.",
            examples=["7"],
        ),
    ]


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
