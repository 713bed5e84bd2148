"""What a coupon takes off a Checkout Session. `amount_subtotal` stays; `amount_total` falls."""

from stripe_sandbox.errors import missing_object, refused
from stripe_sandbox.payments import taxing
from stripe_sandbox.payments.currencies import minimum
from stripe_sandbox.payments.money import shown
from stripe_sandbox.state.store import Object, Store
from stripe_sandbox.state.world import World


def enter(world: World, session: Object, code: str) -> None:
    """
    Enter a promotion code on the payment page.

    :raises StripeError: if the session takes none, or the code is not good
    """
    if not session["allow_promotion_codes"] or session["status"] != "open":
        raise refused("This Checkout Session takes no promotion codes.", param="promotion_code")
    found = [
        body
        for body in world.store.all("promotion_code", active=True)
        if body["code"].lower() == code.strip().lower()
    ]
    if not found:
        raise refused(f"The promotion code {code.strip()} is invalid.", param="promotion_code")
    apply(world, session, promotion_code=found[0]["id"])


def apply(
    world: World, session: Object, *, coupon: str | None = None, promotion_code: str | None = None
) -> None:
    """
    Take a coupon's discount off a session, in the place of any other.

    :raises StripeError: if the coupon is used up, over, of another currency, or leaves too little
    """
    if promotion_code is not None:
        code = world.store.get(promotion_code, "promotion_code", param="discounts[0]")
        _check_good(world, code, ends="expires_at")
        coupon = code["promotion"]["coupon"]
    if coupon is None:
        raise missing_object("coupon", "", param="discounts[0]")
    body = world.store.get(coupon, "coupon", param="discounts[0]")
    _check_good(world, body, ends="redeem_by")
    if body["currency"] not in {None, session["currency"]}:
        raise refused(
            f"The coupon is in {body['currency']}, the Checkout Session in {session['currency']}.",
            param="discounts[0]",
        )
    subtotal = session["amount_subtotal"]
    off = body["amount_off"]
    if off is None:
        off = round(subtotal * body["percent_off"] / 100)
    off = min(off, subtotal)
    if 0 < subtotal - off < minimum(session["currency"]):
        raise refused(
            "The Checkout Session's total amount due must add up to at least "
            f"{shown(minimum(session['currency']), session['currency'])}",
            code="amount_too_small",
        )
    world.store.change(
        session,
        discounts=[
            {
                "coupon": None if promotion_code else coupon,
                "promotion_code": promotion_code,
            }
        ],
        total_details={**session["total_details"], "amount_discount": off},
    )
    _spread(world, session, off)
    taxing.recount(world, session)


def redeem(world: World, session: Object) -> None:
    """Count a discount that was used."""
    for used in session["discounts"]:
        code = world.store.find(used["promotion_code"] or "")
        coupon = world.store.find(code["promotion"]["coupon"] if code else used["coupon"])
        for body in filter(None, (code, coupon)):
            world.store.change(body, times_redeemed=body["times_redeemed"] + 1)


def breakdown(store: Store, session: Object) -> Object:
    """Show what `total_details.breakdown` shows when it is asked for."""
    off = session["total_details"]["amount_discount"]
    discounts = [
        {
            "amount": off,
            "discount": {
                "id": f"di_1{session['id'][-22:]}",
                "object": "discount",
                "checkout_session": session["id"],
                "customer": session["customer"],
                "customer_account": None,
                "end": None,
                "invoice": None,
                "invoice_item": None,
                "promotion_code": used["promotion_code"],
                "source": {"coupon": used["coupon"], "type": "coupon"},
                "start": session["created"],
                "subscription": None,
                "subscription_item": None,
            },
        }
        for used in session["discounts"]
    ]
    taxes = store.private(session["id"]).get("taxes", {}).values()
    return {"discounts": discounts, "taxes": [tax for of_item in taxes for tax in of_item]}


def _check_good(world: World, body: Object, *, ends: str) -> None:
    ended = body[ends] is not None and body[ends] <= world.now()
    most = body["max_redemptions"]
    if ended or (most is not None and body["times_redeemed"] >= most):
        name = body.get("code") or body["id"]
        raise refused(f"{name} has expired or was used up.", code="coupon_expired")


def _spread(world: World, session: Object, off: int) -> None:
    """Take the discount off the line items, in their order."""
    items = world.store.private(session["id"])["line_items"]
    for item in items:
        part = min(off, item["amount_subtotal"])
        off -= part
        item.update(amount_discount=part)
    world.store.set_private(session["id"], line_items=items)
