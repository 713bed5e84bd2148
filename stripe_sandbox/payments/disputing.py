"""
How a customer's bank takes money back: inquiries, chargebacks, their verdicts, fraud warnings.

An inquiry moves no money. A chargeback withdraws its amount and a fee when it opens; a won one
brings both back.
"""

from stripe_sandbox.errors import refused
from stripe_sandbox.payments.balance_transactions import move
from stripe_sandbox.payments.money import DISPUTE_FEE, shown
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

FINAL = ("lost", "prevented", "warning_closed", "won")
DAYS_TO_ANSWER = 9
EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)
VERDICTS = {"winning_evidence": "won", "losing_evidence": "lost"}


def start(
    world: World,
    charge: Object,
    *,
    amount: int | None = None,
    inquiry: bool = False,
    reason: str = "fraudulent",
) -> Object:
    """
    Dispute a charge, wholly or for a part.

    :raises StripeError: if the charge was never paid or the amount is more than it
    """
    amount = charge["amount"] if amount is None else amount
    if charge["status"] != "succeeded":
        raise refused(f"Charge {charge['id']} has not succeeded and cannot be disputed.")
    if not 0 < amount <= charge["amount"]:
        raise refused(
            f"A dispute of {shown(amount, charge['currency'])} does not fit a charge of "
            f"{shown(charge['amount'], charge['currency'])}.",
            param="amount",
        )
    dispute = world.create("dispute", **_body(world, charge, amount, reason, inquiry=inquiry))
    previous = world.store.change(charge, disputed=True)
    if not inquiry:
        _withdraw(world, dispute)
    world.emit("charge.dispute.created", dispute)
    if not inquiry:
        world.emit("charge.dispute.funds_withdrawn", dispute)
    if previous:
        world.emit("charge.updated", charge, previous)
    return dispute


def escalate(world: World, dispute: Object) -> None:
    """
    Let an inquiry become a chargeback.

    :raises StripeError: unless it is an open inquiry
    """
    if dispute["status"] not in {"warning_needs_response", "warning_under_review"}:
        raise refused(f"A dispute with a status of {dispute['status']} cannot escalate.")
    details = dispute["payment_method_details"]
    details = {**details, "card": {**details["card"], "case_type": "chargeback"}}
    _withdraw(world, dispute)
    previous = world.store.change(
        dispute,
        is_charge_refundable=False,
        payment_method_details=details,
        status="needs_response",
    )
    world.emit("charge.dispute.updated", dispute, previous)
    world.emit("charge.dispute.funds_withdrawn", dispute)


def submit(world: World, dispute: Object, evidence: Object) -> None:
    """Send evidence to the bank; Stripe's two magic texts are answered at once."""
    _refuse_if_final(dispute)
    details = {
        **dispute["evidence_details"],
        "has_evidence": True,
        "submission_count": dispute["evidence_details"]["submission_count"] + 1,
    }
    status = "under_review"
    if dispute["status"].startswith("warning"):
        status = "warning_under_review"
    previous = world.store.change(dispute, evidence_details=details, status=status)
    world.emit("charge.dispute.updated", dispute, previous)
    verdict = VERDICTS.get(evidence.get("uncategorized_text") or "")
    if verdict == "won":
        win(world, dispute)
    elif verdict == "lost":
        lose(world, dispute)


def win(world: World, dispute: Object, *, amount: int | None = None) -> None:
    """
    Decide for the account: the money comes back (a part of it, where the bank says so).

    :raises StripeError: if the dispute is over, or does not hold that much
    """
    _refuse_if_final(dispute)
    if dispute["status"].startswith("warning"):
        _close(world, dispute, "warning_closed")
        return
    held = -sum(movement["amount"] for movement in dispute["balance_transactions"])
    if amount is not None and amount > held:
        raise refused(f"This dispute holds {held}, so {amount} cannot come back.")
    back = move(
        world,
        amount=held if amount is None else amount,
        currency=dispute["currency"],
        type="adjustment",
        source=dispute["id"],
        fee=-DISPUTE_FEE,
        description=f"Chargeback reversal for {dispute['charge']}",
        reporting_category="dispute_reversal",
    )
    whole = amount in {None, dispute["amount"]}
    world.store.change(
        dispute,
        balance_transactions=[*dispute["balance_transactions"], back],
        is_charge_refundable=whole,
        status="won" if whole else dispute["status"],
    )
    world.emit("charge.dispute.funds_reinstated", dispute)
    if whole:
        _close(world, dispute, "won")


def lose(world: World, dispute: Object) -> None:
    """
    Decide for the customer, or give up.

    :raises StripeError: if the dispute is over
    """
    _refuse_if_final(dispute)
    inquiry = dispute["status"].startswith("warning")
    _close(world, dispute, "warning_closed" if inquiry else "lost")


def warn(world: World, charge: Object) -> Object:
    """Report that the card's bank believes the payment to be fraud: nothing moves yet."""
    warning = world.create(
        "radar.early_fraud_warning",
        actionable=not charge["disputed"] and not charge["refunded"],
        charge=charge["id"],
        created=world.now(),
        fraud_type="unauthorized_use_of_card",
        livemode=False,
        payment_intent=charge["payment_intent"],
    )
    world.emit("radar.early_fraud_warning.created", warning)
    return warning


def _withdraw(world: World, dispute: Object) -> None:
    taken = move(
        world,
        amount=-dispute["amount"],
        currency=dispute["currency"],
        type="adjustment",
        source=dispute["id"],
        fee=DISPUTE_FEE,
        description=f"Chargeback withdrawal for {dispute['charge']}",
    )
    world.store.change(dispute, balance_transactions=[taken])


def _close(world: World, dispute: Object, status: str) -> None:
    world.store.change(dispute, status=status)
    world.emit("charge.dispute.closed", dispute)


def _refuse_if_final(dispute: Object) -> None:
    if dispute["status"] in FINAL:
        raise refused(f"This dispute is already closed, with a status of {dispute['status']}.")


def _body(world: World, charge: Object, amount: int, reason: str, *, inquiry: bool) -> Object:
    return {
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": world.now() + DAYS_TO_ANSWER * 86_400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": "visa",
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
