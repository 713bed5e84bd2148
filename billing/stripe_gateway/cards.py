"""Stripe's page that saves a card, and letting a saved card go."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from billing.stripe_gateway.calling import client, errors, get, key_for, once
from billing.stripe_gateway.objects import CardMethod, CheckoutSession
from billing.stripe_gateway.problems import GatewayRefused


@dataclass(frozen=True, kw_only=True)
class NewCardSetup:
    """What a page that saves a card is opened for."""

    setup_uuid: str
    user_id: str
    customer_id: str
    currency: str
    success_url: str
    cancel_url: str


@dataclass(frozen=True, kw_only=True)
class SetupResult:
    """What became of such a page: `open`, `complete` or `expired`, and the card that it saved."""

    status: str
    setup_uuid: str
    card: CardMethod | None


def create_setup_session(new: NewCardSetup) -> CheckoutSession:
    """
    Open Stripe's page that saves a card for later, and charges nothing.

    https://docs.stripe.com/payments/checkout/save-and-reuse

    :raises GatewayRefused: if Stripe said no; nothing happened there
    :raises GatewayUnavailable: if no answer came; the same call again asks for the same page
    """
    metadata = {"setup_id": new.setup_uuid, "user_id": new.user_id}
    params: dict[str, Any] = {
        "mode": "setup",
        "currency": new.currency,
        "payment_method_types": ["card"],
        "customer": new.customer_id,
        "client_reference_id": new.setup_uuid,
        "metadata": metadata,
        "setup_intent_data": {"metadata": metadata},
        "success_url": new.success_url,
        "cancel_url": new.cancel_url,
    }
    with errors():
        session = once(
            lambda: client().v1.checkout.sessions.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": key_for(f"setup:{new.setup_uuid}", params)},
            )
        )
        return CheckoutSession.read(session.to_dict())


def retrieve_setup(session_id: str) -> SetupResult:
    """
    Read what became of a page that saves a card.

    :raises GatewayMissing: if Stripe has no such session
    :raises GatewayUnavailable: if Stripe did not answer, or not in a shape that is known
    """
    answer = get(f"/v1/checkout/sessions/{session_id}", expand=["setup_intent.payment_method"])
    with errors():
        session = CheckoutSession.read(answer.data)
        intent = answer.data.get("setup_intent")
        method = intent.get("payment_method") if isinstance(intent, Mapping) else None
        return SetupResult(
            status=session.status,
            setup_uuid=session.setup_uuid,
            card=CardMethod.read(method) if isinstance(method, Mapping) else None,
        )


def detach_card(payment_method_id: str) -> None:
    """
    Take a card from its customer, for good. Doing it again changes nothing.

    https://docs.stripe.com/api/payment_methods/detach

    :raises GatewayUnavailable: if Stripe did not answer
    """
    # Refused: it is no customer's any more, or Stripe has no such card.
    with suppress(GatewayRefused), errors():
        client(retries=1).v1.payment_methods.detach(payment_method_id)
