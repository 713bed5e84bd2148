"""
What happens to credits, in the words that people read: on pages, in mails, in files and in docs.

One word means one thing. Each kind of the ledger's operations has one of these words, and so has
each part of a lot. `docs/words.md` is this table; a test compares them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from credits.models import CreditTransaction

Kind = CreditTransaction.Kind


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word for what happens to credits; `slug` is what files and addresses say."""

    slug: str
    label: Promise
    meaning: Promise
    kinds: tuple[Kind, ...]


ADDED: Final = Term(
    slug="added",
    label=_("Added"),
    meaning=_("New in your account: bought, given, or from a voucher."),
    kinds=(Kind.GRANT, Kind.DEFER, Kind.START),
)
USED: Final = Term(
    slug="used",
    label=_("Used"),
    meaning=_("Paid for something that was done for you."),
    kinds=(Kind.SPEND,),
)
RESERVED: Final = Term(
    slug="reserved",
    label=_("Reserved"),
    meaning=_("Set aside for work that has begun. What the work takes is used, the rest returned."),
    kinds=(Kind.HOLD,),
)
RETURNED: Final = Term(
    slug="returned",
    label=_("Returned"),
    meaning=_("Back in your balance: what they were used or reserved for did not need them."),
    kinds=(Kind.GIVE_BACK, Kind.RELEASE),
)
TAKEN_BACK: Final = Term(
    slug="taken-back",
    label=_("Taken back"),
    meaning=_(
        "Gone, because the money for them went back or may have to: a refund, a dispute, or a"
        " warning of fraud."
    ),
    kinds=(Kind.CLAW_BACK,),
)
RESTORED: Final = Term(
    slug="restored",
    label=_("Restored"),
    meaning=_("Taken back before, and yours again: the refund failed, or the dispute was won."),
    kinds=(Kind.RESTORE,),
)
EXPIRED: Final = Term(
    slug="expired",
    label=_("Expired"),
    meaning=_("Gone, because their time was over before they were used."),
    kinds=(Kind.EXPIRY,),
)
ADJUSTED: Final = Term(
    slug="adjusted",
    label=_("Adjusted"),
    meaning=_("Added or removed by our staff, who say why."),
    kinds=(Kind.ADJUSTMENT,),
)

TERMS: Final[Sequence[Term]] = (
    ADDED,
    USED,
    RESERVED,
    RETURNED,
    TAKEN_BACK,
    RESTORED,
    EXPIRED,
    ADJUSTED,
)

# Where a kind of operation is more than its word says.
_OF_KIND: Final = {
    Kind.DEFER: _("Added, to begin later"),
    Kind.START: _("Begun"),
}
_TERM_OF: Final = {kind: term for term in TERMS for kind in term.kinds}


def named(slug: str) -> Term | None:
    return next((term for term in TERMS if term.slug == slug), None)


def term_of(kind: str) -> Term:
    """Give the word for a kind of the ledger's operations."""
    return _TERM_OF[Kind(kind)]


def label(kind: str) -> str:
    """Say what an operation of a kind was."""
    return str(_OF_KIND.get(Kind(kind)) or term_of(kind).label)
