"""Attempts to take money."""

from stripe_sandbox.api.kinds import Choice
from stripe_sandbox.api.params import EMAIL, ID, METADATA, SHIPPING, TEXT, UNSETTABLE, Fields, form
from stripe_sandbox.api.routes import Call, Route, listing, retrieving, updates
from stripe_sandbox.errors import refused
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import World

UPDATE = form(
    {
        "customer": ID,
        "description": UNSETTABLE,
        "fraud_details": Fields(of={"user_report": Choice(of=("fraudulent", "safe"))}),
        "metadata": METADATA,
        "receipt_email": EMAIL,
        "shipping": SHIPPING,
        "transfer_group": TEXT,
    }
)


def update(call: Call) -> Object:
    return updates(call, "charge", "charge.updated")


def charge_of(world: World, params: Object) -> Object:
    """
    Find the charge that a refund is for.

    :raises StripeError: if neither or both are named, or there is no successful charge
    """
    given = [name for name in ("charge", "payment_intent") if name in params]
    if len(given) == 0:
        raise refused(
            "One of the following params should be provided for this request: "
            "payment_intent or charge.",
            code="parameter_missing",
        )
    if "charge" in params:
        charge = world.store.get(params["charge"], "charge", param="charge")
        if charge["payment_intent"] != params.get("payment_intent", charge["payment_intent"]):
            raise refused(
                f"The charge {charge['id']} does not belong to the payment intent "
                f"{params['payment_intent']}.",
                param="charge",
            )
        return charge
    named = params["payment_intent"]
    intent = world.store.get(named, "payment_intent", param="payment_intent")
    if intent["latest_charge"] is None:
        raise refused(
            f"This PaymentIntent ({named}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return world.store.get(intent["latest_charge"], "charge")


ROUTES = (
    listing("charge", "/v1/charges", {"customer": ID, "payment_intent": ID}),
    retrieving("charge", "/v1/charges/{id}"),
    Route("POST", "/v1/charges/{id}", UPDATE, update),
)
