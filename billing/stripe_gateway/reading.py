"""Reading what Stripe has: one object, or lists by the page."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

from billing.stripe_gateway.calling import client, errors, get, pages
from billing.stripe_gateway.objects import (
    CheckoutSession,
    DisputeObject,
    InvoiceObject,
    MalformedObject,
    PaymentIntent,
    RefundObject,
)

log = logging.getLogger(__name__)

T = TypeVar("T")


def read_object(kind: str, stripe_id: str, *, expand: tuple[str, ...] = ()) -> dict[str, Any]:
    """
    Fetch one object as Stripe shows it; `kind` is the name of its collection, such as `charges`.

    :raises GatewayMissing: if Stripe has no such object
    """
    params = {"expand": list(expand)} if expand else {}
    with errors():
        found = getattr(client().v1, kind).retrieve(stripe_id, params=params)
    return cast("dict[str, Any]", found.to_dict(for_json=True))


def retrieve_payment_status(payment_intent_id: str) -> str:
    """
    Tell a PaymentIntent's status: `processing` while a bank has not answered.

    https://docs.stripe.com/payments/paymentintents/lifecycle

    :raises GatewayMissing: if Stripe has no such PaymentIntent
    :raises GatewayUnavailable: if Stripe did not answer
    """
    return str(get(f"/v1/payment_intents/{payment_intent_id}").data["status"])


def retrieve_refund(refund_id: str) -> RefundObject:
    """
    Read one refund as it is now.

    :raises GatewayMissing: if Stripe has no such refund
    :raises GatewayUnavailable: if Stripe did not answer, or not in a shape that is known
    """
    answer = get(f"/v1/refunds/{refund_id}")
    with errors():
        return RefundObject.read(answer.data)


def retrieve_invoice(invoice_id: str) -> InvoiceObject:
    """
    Read one invoice as it is now, with addresses that are good for some days.

    :raises GatewayMissing: if Stripe has no such invoice
    :raises GatewayUnavailable: if Stripe did not answer, or not in a shape that is known
    """
    answer = get(f"/v1/invoices/{invoice_id}")
    with errors():
        return InvoiceObject.read(answer.data)


def retrieve_dispute(dispute_id: str) -> DisputeObject:
    """
    Read one dispute as it is at the moment of the answer, by Stripe's clock.

    :raises GatewayMissing: if Stripe has no such dispute
    :raises GatewayUnavailable: if Stripe did not answer, or not in a shape that is known
    """
    answer = get(f"/v1/disputes/{dispute_id}")
    with errors():
        return DisputeObject.read(answer.data, as_of=answer.at)


def list_checkout_sessions(*, since: datetime) -> Iterator[list[CheckoutSession]]:
    """
    List sessions begun since a time, by the page of at most 100, newest first.

    None is kept longer than its page. https://docs.stripe.com/api/pagination

    :raises GatewayError: if Stripe stops answering, in the middle of it too
    """
    for page in pages("/v1/checkout/sessions", since=since):
        yield understood(page.data["data"], CheckoutSession.read)


def list_payment_intents(*, since: datetime) -> Iterator[list[PaymentIntent]]:
    """List PaymentIntents as `list_checkout_sessions` does sessions."""
    for page in pages("/v1/payment_intents", since=since):
        yield understood(page.data["data"], PaymentIntent.read)


def list_invoices(*, since: datetime) -> Iterator[list[InvoiceObject]]:
    """List invoices as `list_checkout_sessions` does sessions."""
    for page in pages("/v1/invoices", since=since):
        yield understood(page.data["data"], InvoiceObject.read)


def list_refunds(*, since: datetime) -> Iterator[list[RefundObject]]:
    """List refunds as `list_checkout_sessions` does sessions."""
    for page in pages("/v1/refunds", since=since):
        yield understood(page.data["data"], RefundObject.read)


def list_disputes(*, since: datetime) -> Iterator[list[DisputeObject]]:
    """List disputes as `list_checkout_sessions` does sessions, each as of its page's answer."""
    for page in pages("/v1/disputes", since=since):
        yield understood(page.data["data"], partial(DisputeObject.read, as_of=page.at))


def list_events(*, since: datetime, types: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    """List events of these types, at most 20, as a webhook would bring them; kept for 30 days."""
    for page in pages("/v1/events", since=since, types=list(types)):
        yield page.data["data"]


def understood(page: list[dict[str, Any]], read: Callable[[dict[str, Any]], T]) -> list[T]:
    """Read a page; an object in a shape that nobody knows does not keep us from the others."""
    found = []
    for data in page:
        try:
            found.append(read(data))
        except MalformedObject as error:
            log.exception(
                "object_not_understood",
                extra={"stripe_id": str(data.get("id")), "error": str(error)},
            )
    return found
