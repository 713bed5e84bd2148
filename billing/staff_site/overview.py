"""
The staff's first page: what is owed in credits, what came in, what went back, what needs a person.

Everyone sees the panels that their permissions let them see. Sums over whole tables are kept for a
minute, so that a page left open on a wall costs nothing; what needs a person is always fresh.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import caching
from billing.models import FraudWarning, Payment, Shortfall, StripeEvent
from billing.staff_site import disputes, figures
from billing.staff_site.counting import up_to
from billing.staff_site.disputes import Answer
from billing.staff_site.figures import Panel, Ranking, Tile
from billing.staff_site.spans import SPANS, Span
from credits.admin.links import list_url
from credits.admin.readonly import COUNTED_ROWS
from credits.charts import Chart
from credits.models import AdjustmentRequest

log = logging.getLogger(__name__)

# Seconds that sums are kept: this long, or so many times as long as it took to add them up.
KEPT_SECONDS, KEPT_TIMES = 60, 30
# Seconds that one sum may take. Beyond, the page says so instead of holding up a worker.
PATIENCE = 8


@dataclass(frozen=True, kw_only=True)
class Overview:
    queues: Sequence[Tile]  # what needs a person
    disputes: Sequence[Answer]  # the soonest due of those that wait for an answer
    tiles: Sequence[Tile]
    charts: Sequence[Chart]
    rankings: Sequence[Ranking]
    span: Span
    spans: Sequence[tuple[str, Any]]  # names and labels to choose from
    at: datetime | None
    is_incomplete: bool = False


def for_staff(user: Any, period: str | None = None) -> Overview:
    """Put together what this person may see, with figures of a period: see `spans`."""
    span = Span.named(period, timezone.localdate())
    panels = []
    if user.has_perm("credits.view_lot") and user.has_perm("credits.view_credittransaction"):
        panels.append(_kept("credits", span, figures.of_credits))
    if user.has_perm("billing.view_payment"):
        panels.append(_kept("money", span, figures.of_money))
    queues = [*_events(), *_money()] if user.has_perm("billing.view_stripeevent") else []
    answers = disputes.soonest(at=timezone.now()) if user.has_perm("billing.view_dispute") else []
    if user.has_perm("billing.view_dispute"):
        queues.append(disputes.tile(answers))
    if user.has_perm("credits.approve_adjustment"):
        queues += _adjustments()
    return Overview(
        queues=queues,
        disputes=answers,
        tiles=[tile for panel in panels for tile in panel.tiles],
        charts=[chart for panel in panels for chart in panel.charts],
        rankings=[ranking for panel in panels for ranking in panel.rankings],
        span=span,
        spans=[(name, label) for name, (label, _first) in SPANS.items()],
        at=min((panel.at for panel in panels), default=None),
        is_incomplete=any(not panel.tiles for panel in panels),
    )


def _kept(name: str, span: Span, add_up: Callable[[datetime, Span], Panel]) -> Panel:
    """Add up at most once a minute, and less often where it takes long; once per language."""
    key = f"staff-overview:{name}:{span.name}:{span.now.last}:{get_language()}"
    kept: Panel | None = caching.find(key)
    if kept is None:
        started = time.monotonic()
        kept = _patiently(add_up, timezone.now(), span)
        took = time.monotonic() - started
        caching.keep(key, kept, seconds=max(KEPT_SECONDS, int(KEPT_TIMES * took)))
    return kept


def _patiently(add_up: Callable[[datetime, Span], Panel], at: datetime, span: Span) -> Panel:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{PATIENCE}s"])
            return add_up(at, span)
    except OperationalError as error:
        if not isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise
        log.warning("overview_took_too_long", extra={"seconds": PATIENCE})
        return Panel(at=at)


def _events() -> list[Tile]:
    """Count events that nobody has dealt with, by the index of exactly these."""
    states = StripeEvent.State
    texts = {
        states.QUARANTINED: (
            _("Quarantined events"),
            _("Contradict what we know; nothing was granted"),
        ),
        states.FAILED: (_("Failing events"), _("Stripe sends them again, up to three days")),
    }
    tiles = []
    for state, (label, note) in texts.items():
        count = StripeEvent.objects.filter(state=state)[: COUNTED_ROWS + 1].count()
        tiles.append(
            Tile(
                label=label,
                figures=[up_to(count)],
                note=note if count else _("Nothing to do"),
                url=list_url(StripeEvent, state__exact=state.value),
                is_alarm=count > 0,
            )
        )
    return tiles


def _money() -> list[Tile]:
    """Count warnings that nobody answered, and lots of which something is owed."""
    warned = Payment.objects.warned()[: COUNTED_ROWS + 1].count()
    owing = Shortfall.objects.owing().filter(credits_owed__gt=0)
    owed = owing[: COUNTED_ROWS + 1].count()
    return [
        Tile(
            label=_("Fraud warnings"),
            figures=[up_to(warned)],
            note=_("A bank expects a dispute") if warned else _("Nothing to do"),
            url=list_url(FraudWarning, answered="no"),
            is_alarm=warned > 0,
        ),
        Tile(
            label=_("Open shortfalls"),
            figures=[up_to(owed)],
            note=_("Lots with credits used, not paid for, not written off")
            if owed
            else _("Nothing to do"),
            url=list_url(Shortfall, owed="yes"),
            is_alarm=owed > 0,
        ),
    ]


def _adjustments() -> list[Tile]:
    """Count adjustments that wait for a second person; no tile where nothing needs one."""
    status = AdjustmentRequest.Status.ASKED
    count = AdjustmentRequest.objects.filter(status=status)[: COUNTED_ROWS + 1].count()
    if not count:
        return []
    return [
        Tile(
            label=_("Adjustments to approve"),
            figures=[up_to(count)],
            note=_("A colleague asks for a second person"),
            url=list_url(AdjustmentRequest, status__exact=status.value),
            is_alarm=True,
        )
    ]
