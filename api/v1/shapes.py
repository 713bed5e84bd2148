"""What goes out: the shapes of answers and of problems."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.v1.references import Reference
from credits.models import CreditTransaction, Hold, Lot


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
            description="In the answer to a capture alone, after the hold had let go: what was"
            " spent from the balance instead, as much as there was. To give it back, name this"
            " transaction. null in every other answer."
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
    account: Annotated[
        int | None, Field(description="null: the person has none yet; `open_account` opens it.")
    ]
    user: Annotated[str, Field(description="The key of the person in this site.")]


class Accounts(BaseModel):
    items: list[AccountOfPerson]


class OpenedAccount(BaseModel):
    account: int
    user: Annotated[str, Field(description="The key of the person in this site.")]
