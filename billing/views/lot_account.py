"""A lot accounted for to its last credit: what became of all that a purchase brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.views import vocabulary
from credits.models import Lot


@dataclass(frozen=True)
class Part:
    """Credits of a lot of which one thing is true."""

    label: Promise
    meaning: Promise
    credits: int


def parts(lot: Lot, *, at: datetime, on_hold: int = 0) -> Sequence[Part]:
    """
    Part a lot's credits, so that they add up to what was granted; nothing is left out but zeros.

    :param on_hold: those that nobody can spend until staff have answered a fraud warning

    What has expired, or begun, counts so from that instant on, swept or not.
    """
    has_expired = lot.expires_at is not None and lot.expires_at <= at
    has_begun = lot.starts_at is None or lot.starts_at <= at
    # Begun, and not swept: what it owes is taken first.
    begun = lot.pending if has_begun else 0
    owed = min(begun, lot.clawback_target - lot.clawed_back)
    unspent = lot.remaining + begun - owed
    later = lot.pending - begun
    found = [
        Part(_("To use"), _("Still yours to use."), 0 if has_expired else unspent),
        Part(_("Begin later"), _("Yours to use from their day on."), later),
        _part(vocabulary.RESERVED, lot.held),
        _part(vocabulary.USED, lot.spent),
        Part(_("On hold"), _("Waiting until we have looked at a warning of fraud."), on_hold),
        _part(vocabulary.TAKEN_BACK, lot.clawed_back + owed - on_hold),
        _part(vocabulary.EXPIRED, lot.expired + (unspent if has_expired else 0)),
        _part(vocabulary.ADJUSTED, lot.adjusted_off),
    ]
    return [part for part in found if part.credits]


def _part(term: vocabulary.Term, credits: int) -> Part:
    return Part(term.label, term.meaning, credits)
