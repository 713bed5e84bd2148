"""
Bringing the mirror up to date: the inbox is the queue.

An event that was settled and not mirrored waits in an index of its own, so a webhook does nothing
for the mirror, not even enqueue a job. What events carry is written as it is; of what they only
name, Stripe is asked for once: in practice for one PaymentIntent a purchase. While Stripe does not
answer, a sweep ends with the batch in which it was asked.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import DataError, IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from billing import conf, stripe_gateway
from billing.mirror.fetching import COLLECTIONS, Name, Swept, fetch
from billing.mirror.records import MODELS, Snapshot, id_in, known_ids, named, write
from billing.mirror.subscribers import link
from billing.models import PlanPrice, Purchase, StripeEvent
from billing.privacy.redaction import skeleton
from billing.users import customers

log = logging.getLogger(__name__)

BATCH: Final = 200
# What a value that is not as Stripe documents it may end in.
UNFIT: Final = (DataError, IntegrityError, TypeError, ValueError, ArithmeticError, OSError)
# How long an event of a payment may wait for its purchase; a payment that never gets one was not
# made through this site.
PATIENCE: Final = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Content:
    """An event, what it carries and what that names."""

    event: StripeEvent
    snapshots: tuple[Snapshot, ...]
    names: frozenset[Name]
    # It is about a person who has left no trace here, and nothing new is fetched of them.
    is_erased: bool

    @classmethod
    def of(cls, event: StripeEvent, *, is_erased: bool) -> "Content":
        if is_erased:
            event.payload = skeleton(event.payload)
        snapshots = tuple(_snapshots(event))
        names = () if is_erased else (name for snapshot in snapshots for name in named(snapshot))
        return cls(event=event, snapshots=snapshots, names=frozenset(names), is_erased=is_erased)


def sweep() -> Swept:
    """
    Mirror every settled event that is not yet mirrored, and every price on sale.

    Meant for one worker at a time; two would only do the work twice.

    :raises GatewayUnavailable: if something has to wait for Stripe; what came before is done
    """
    swept = Swept()
    _mirror_prices(swept)
    last = 0
    while batch := list(waiting().filter(id__gt=last).order_by("id")[:BATCH]):
        last = batch[-1].pk
        _mirror(batch, swept)
        if swept.unanswered:  # a backlog of a day is not read again and again
            break
    if swept.events:
        log.info("mirror_swept", extra={"events": swept.events, "calls": swept.calls})
    if swept.unanswered:
        raise stripe_gateway.GatewayUnavailable(swept.unanswered)
    return swept


def waiting() -> QuerySet[StripeEvent]:
    """Find the events that dj-stripe's tables do not show yet, of those that are settled."""
    return StripeEvent.objects.filter(
        mirrored_at=None, state__in=StripeEvent.TAKEN_IN
    ).select_related("purchase__account", "payment__purchase__account")


def _mirror(batch: list[StripeEvent], swept: Swept) -> None:
    gone = customers.of_erased(customer for event in batch if (customer := _customer_in(event)))
    contents = [
        Content.of(event, is_erased=_is_of_nobody(event) or _customer_in(event) in gone)
        for event in batch
        if not _is_early(event)
    ]
    fetched = list(fetch(_wanted(contents), swept))
    _write([*fetched, *(snapshot for one in contents for snapshot in one.snapshots)])
    link(snapshot.id for snapshot in fetched if snapshot.kind == "customer")
    done = [one.event.pk for one in contents if swept.waiting.isdisjoint(one.names)]
    StripeEvent.objects.filter(pk__in=done).update(mirrored_at=timezone.now())
    swept.events += len(done)
    for one in contents:
        if one.is_erased:  # the inbox keeps no more of the person than the mirror
            one.event.save(update_fields=["payload"])


def _purchase_of(event: StripeEvent) -> Purchase | None:
    return event.purchase or (getattr(event.payment, "purchase", None) if event.payment else None)


def _is_early(event: StripeEvent) -> bool:
    """Whether an event of a payment came before the session that says whose payment it is."""
    return (
        event.payment is not None
        and _purchase_of(event) is None
        and event.received_at > timezone.now() - PATIENCE
    )


def _body(event: StripeEvent) -> dict[str, Any]:
    data = event.payload.get("data")
    body = data.get("object") if isinstance(data, dict) else None
    return body if isinstance(body, dict) else {}


def _customer_in(event: StripeEvent) -> str | None:
    body = _body(event)
    return id_in(body, "id" if body.get("object") == "customer" else "customer")


def _is_of_nobody(event: StripeEvent) -> bool:
    """Whether it is about a purchase of somebody who was erased."""
    purchase = _purchase_of(event)
    return purchase is not None and purchase.account.user_id is None


def _snapshots(event: StripeEvent) -> Iterator[Snapshot]:
    """List what an event carries, if it is about anything of ours."""
    body = _body(event)
    if body.get("object") not in MODELS:
        return
    if _purchase_of(event) is None and not _is_on_sale(body):
        return
    as_of = int(event.created_at.timestamp()) if event.created_at else None
    yield Snapshot(data=event.payload, as_of=as_of)
    yield Snapshot(data=body, as_of=as_of)
    movements = body.get("balance_transactions")
    if body["object"] == "dispute" and isinstance(movements, list):
        yield from (Snapshot(data=one, as_of=as_of) for one in movements if isinstance(one, dict))


def _is_on_sale(body: dict[str, Any]) -> bool:
    stripe_id = body.get("id")
    if body["object"] == "price":
        return PlanPrice.objects.filter(stripe_price_id=stripe_id).exists()
    if body["object"] == "product":
        return PlanPrice.objects.filter(stripe_product_id=stripe_id).exists()
    return False


def _wanted(contents: Iterable[Content]) -> list[Name]:
    """List what is named, and neither known nor carried: each a call at most."""
    carried = {(one.kind, one.id) for each in contents for one in each.snapshots}
    wanted = {name for each in contents for name in each.names if name[0] in COLLECTIONS} - carried
    for kind in COLLECTIONS:
        ids = known_ids(kind, (one for named_kind, one in wanted if named_kind == kind))
        wanted -= {(kind, stripe_id) for stripe_id in ids}
    # A bank's answer changes the PaymentIntent, and brings no event of it along.
    for each in contents:
        if each.event.type.startswith("checkout.session.async_"):
            wanted |= {name for name in each.names if name[0] == "payment_intent"}
    order = list(COLLECTIONS)
    return sorted(wanted, key=lambda name: (order.index(name[0]), name[1]))


def _write(snapshots: list[Snapshot]) -> None:
    """Write all at once; should one row not fit, all but that one."""
    try:
        write(snapshots)
    except UNFIT:
        for snapshot in snapshots:
            try:
                write([snapshot])
            except UNFIT:
                log.exception(
                    "mirror_unwritable", extra={"kind": snapshot.kind, "stripe_id": snapshot.id}
                )


def _mirror_prices(swept: Swept) -> None:
    """Have what is on sale, of whose publication no event tells."""
    on_sale = list(
        PlanPrice.objects.filter(is_active=True, livemode=conf.livemode())
        .exclude(published_at=None)
        .values_list("stripe_product_id", "stripe_price_id")
    )
    products = {str(product) for product, _ in on_sale}
    prices = {str(price) for _, price in on_sale if price}
    wanted = [
        *(("product", one) for one in sorted(products - known_ids("product", products))),
        *(("price", one) for one in sorted(prices - known_ids("price", prices))),
    ]
    _write(list(fetch(wanted, swept)))
