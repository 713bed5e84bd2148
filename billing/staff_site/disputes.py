"""Disputes that wait for an answer: a tile, and a line for each of the soonest due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from billing import money
from billing.models import Dispute
from billing.staff_site import stripe_pages
from billing.staff_site.counting import up_to
from billing.staff_site.deadlines import time_left
from billing.staff_site.figures import Tile
from credits.admin import columns
from credits.admin.links import list_url, object_url
from credits.admin.readonly import COUNTED_ROWS

SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One dispute, in words: what staff need to know before they answer it at Stripe."""

    url: str  # its page here
    money: str
    who: str
    state: str
    reason: str
    due_by: datetime | None
    left: str
    answer_url: str


def soonest(*, at: datetime) -> list[Answer]:
    """List the disputes that are due first, by the index of exactly these."""
    waiting = Dispute.objects.to_answer().select_related("payment__purchase__account__user")
    return [_answer(dispute, at=at) for dispute in waiting[:SHOWN]]


def tile(answers: Sequence[Answer]) -> Tile:
    """Count all of them, and say how long there is for the first."""
    count = len(answers)
    if count == SHOWN:
        count = Dispute.objects.to_answer()[: COUNTED_ROWS + 1].count()
    return Tile(
        label=_("Disputes to answer"),
        figures=[up_to(count)],
        note=_("The soonest: %s") % answers[0].left if answers else _("Nothing to do"),
        url=list_url(Dispute, state="answer"),
        is_alarm=count > 0,
    )


def _answer(dispute: Dispute, *, at: datetime) -> Answer:
    purchase = getattr(dispute.payment, "purchase", None)
    return Answer(
        url=object_url(dispute),
        money=money.format_money(dispute.unit_amount, dispute.currency),
        who=columns.holder(purchase.account) if purchase else "-",
        state=str(dispute.state.label),
        reason=dispute.reason_in_words,
        due_by=dispute.due_by,
        left=time_left(dispute.due_by, at=at) if dispute.due_by else _("no date given"),
        answer_url=stripe_pages.dispute_url(dispute),
    )
