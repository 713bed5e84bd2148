"""
How money is given back: at once, after a while, never after all, or not.

A refund counts in its charge's `amount_refunded` from its first moment until it fails or is
cancelled.
"""

from stripe_sandbox.errors import refused
from stripe_sandbox.payments import payment_methods
from stripe_sandbox.payments.balance_transactions import move
from stripe_sandbox.payments.currencies import check_amount
from stripe_sandbox.payments.money import shown
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

OUTCOMES = ("pending", "requires_action", "succeeded")


def refund(
    world: World,
    charge: Object,
    *,
    amount: int | None = None,
    reason: str | None = None,
    metadata: dict[str, str] | None = None,
    status: str | None = None,
    becomes: str | None = None,
) -> Object:
    """
    Give back an amount of a charge, by default all that is left.

    Without `status`, the card decides: most refunds succeed at once.

    :raises StripeError: in Stripe's words, if the charge was given back or charged back already
    """
    amount = _checked_amount(world, charge, amount)
    if status is None:
        test_method = payment_methods.test_method_of(world, charge["id"])
        status, becomes = test_method.refund or ("succeeded", None)
    body = _create(world, charge, amount, status, reason=reason, metadata=metadata or {})
    world.emit("refund.created", body)
    _count(world, charge, amount)
    if status == "succeeded":
        _update(world, body, destination_details=_destination(charge, "available"))
    if becomes is not None:
        world.store.set_private(body["id"], becomes=becomes)
        world.schedule("settle_refund", body["id"], seconds=world.switches.bank_seconds)
    return body


def settle(world: World, body: Object, becomes: str | None = None) -> None:
    """
    Let the bank answer a refund: it succeeds, or fails, even after it had succeeded.

    :raises StripeError: if it is final
    """
    becomes = becomes or world.store.private(body["id"]).get("becomes", "succeeded")
    possible = {
        "pending": ("failed", "succeeded"),
        "requires_action": ("canceled", "failed", "succeeded"),
        "succeeded": ("failed",),
    }
    if becomes not in possible.get(body["status"], ()):
        raise refused(f"A refund with a status of {body['status']} cannot become {becomes}.")
    world.store.unschedule("settle_refund", body["id"])
    charge = world.store.get(body["charge"], "charge")
    if becomes == "succeeded":
        body.pop("pending_reason", None)
        _update(
            world,
            body,
            status="succeeded",
            destination_details=_destination(charge, "available"),
        )
        return
    back = move(
        world,
        amount=body["amount"],
        currency=body["currency"],
        type="refund_failure",
        source=body["id"],
    )
    _uncount(world, charge, body["amount"])
    body.pop("pending_reason", None)
    changes: Object = {"status": becomes, "failure_balance_transaction": back["id"]}
    if becomes == "failed":
        changes["failure_reason"] = "expired_or_canceled_card"
    _update(world, body, **changes)
    if becomes == "failed":
        world.emit("refund.failed", body)


def cancel(world: World, body: Object) -> None:
    """
    Call a refund off.

    :raises StripeError: unless it waits for the customer
    """
    if body["status"] != "requires_action":
        raise refused(
            f"This refund cannot be canceled because it has a status of {body['status']}. Only "
            "refunds with one of the following statuses may be canceled: requires_action."
        )
    settle(world, body, "canceled")


def _checked_amount(world: World, charge: Object, amount: int | None) -> int:
    left: int = charge["amount_captured"] - charge["amount_refunded"]
    currency = charge["currency"]
    if charge["status"] != "succeeded":
        raise refused(
            f"Charge {charge['id']} has not succeeded and cannot be refunded.",
            code="charge_not_refundable",
        )
    if left == 0:
        raise refused(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    for dispute in world.store.all("dispute", charge=charge["id"]):
        if not dispute["is_charge_refundable"]:
            raise refused(
                f"Charge {charge['id']} has been charged back; cannot issue a refund.",
                code="charge_disputed",
            )
    if amount is not None and amount > left:
        raise refused(
            f"Refund amount ({shown(amount, currency)}) is greater than unrefunded amount on "
            f"charge ({shown(left, currency)})",
            param="amount",
        )
    if amount is None:
        return left
    check_amount(amount, currency, param="amount")
    return amount


def _create(
    world: World,
    charge: Object,
    amount: int,
    status: str,
    *,
    reason: str | None,
    metadata: dict[str, str],
) -> Object:
    body: Object = {
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": _destination(charge, "pending"),
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }
    if status == "pending":
        body["pending_reason"] = "processing"
    if status == "requires_action":
        body["instructions_email"] = "buyer@example.com"
        body["next_action"] = {
            "display_details": {
                "email_sent": {
                    "email_sent_at": world.now(),
                    "email_sent_to": "buyer@example.com",
                },
                "expires_at": world.now() + 45 * 86_400,
            },
            "type": "display_details",
        }
    body = world.create("refund", **body)
    transaction = move(
        world,
        amount=-amount,
        currency=charge["currency"],
        type="refund" if _by_card(charge) else "payment_refund",
        source=body["id"],
        reporting_category="refund",
    )
    world.store.change(body, balance_transaction=transaction["id"])
    return body


def _count(world: World, charge: Object, amount: int) -> None:
    total = charge["amount_refunded"] + amount
    previous = world.store.change(
        charge, amount_refunded=total, refunded=total == charge["amount_captured"]
    )
    world.emit("charge.refunded", charge, previous)


def _uncount(world: World, charge: Object, amount: int) -> None:
    previous = world.store.change(
        charge, amount_refunded=charge["amount_refunded"] - amount, refunded=False
    )
    world.emit("charge.updated", charge, previous)


def _update(world: World, body: Object, **changes: object) -> None:
    """Announce a change of a refund under both of Stripe's names for it."""
    previous = world.store.change(body, **changes)
    world.emit("refund.updated", body, previous)
    world.emit("charge.refund.updated", body, previous)


def _by_card(charge: Object) -> bool:
    return bool(charge["payment_method_details"]["type"] == "card")


def _destination(charge: Object, reference_status: str) -> Object:
    if not _by_card(charge):
        kind = charge["payment_method_details"]["type"]
        bank = "us_bank_transfer" if kind == "us_bank_account" else "eu_bank_transfer"
        return {"type": bank, bank: {"reference": None, "reference_status": reference_status}}
    card = {
        "reference_status": reference_status,
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    }
    if reference_status == "available":
        card["reference"] = "74520456789123456789012"
    return {"type": "card", "card": card}
