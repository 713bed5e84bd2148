"""Discounts, by share or by amount, and the codes that a buyer types for them."""

from typing import Any

from stripe_sandbox.api.kinds import Choice, Currency, Flag, Integer, Number
from stripe_sandbox.api.params import ID, METADATA, TEXT, UNSETTABLE, Fields, form
from stripe_sandbox.api.routes import Call, Route, listing, retrieving, updates
from stripe_sandbox.errors import missing_parameter, refused
from stripe_sandbox.state.ids import random_text
from stripe_sandbox.state.store import Object

CREATE_COUPON = form(
    {
        "amount_off": Integer(least=1),
        "currency": Currency(),
        "duration": Choice(of=("forever", "once")),
        "id": ID,
        "max_redemptions": Integer(least=1),
        "metadata": METADATA,
        "name": TEXT,
        "percent_off": Number(least=0.01, most=100),
        "redeem_by": Integer(),
    },
    unsupported=frozenset({"applies_to", "currency_options", "duration_in_months"}),
)
UPDATE_COUPON = form(
    {"metadata": METADATA, "name": UNSETTABLE}, unsupported=frozenset({"currency_options"})
)
CREATE_CODE = form(
    {
        "active": Flag(),
        "code": TEXT,
        "expires_at": Integer(),
        "max_redemptions": Integer(least=1),
        "metadata": METADATA,
        "promotion": Fields(
            of={"coupon": ID, "type": Choice(of=("coupon",))}, required=("coupon", "type")
        ),
    },
    required=("promotion",),
    unsupported=frozenset({"customer", "restrictions"}),
)
UPDATE_CODE = form(
    {"active": Flag(), "metadata": METADATA}, unsupported=frozenset({"restrictions"})
)


def create_coupon(call: Call) -> Object:
    """
    Offer a discount.

    :raises StripeError: unless it is either a share or an amount in a currency
    """
    given: dict[str, Any] = {k: v for k, v in call.params.items() if k != "expand"}
    if ("amount_off" in given) == ("percent_off" in given):
        raise refused(
            "You must pass either percent_off or amount_off when creating a coupon.",
            param="percent_off",
        )
    if "amount_off" in given and "currency" not in given:
        raise missing_parameter("currency")
    coupon = call.world.create(
        "coupon",
        **{
            "id": random_text(8),
            "amount_off": None,
            "created": call.world.now(),
            "currency": None,
            "duration": "once",
            "duration_in_months": None,
            "livemode": False,
            "max_redemptions": None,
            "metadata": {},
            "name": None,
            "percent_off": None,
            "redeem_by": None,
            "times_redeemed": 0,
            "valid": True,
            **given,
        },
    )
    call.world.emit("coupon.created", coupon)
    return coupon


def update_coupon(call: Call) -> Object:
    return updates(call, "coupon", "coupon.updated")


def delete_coupon(call: Call) -> Object:
    coupon = call.world.store.get(call.id, "coupon")
    call.world.store.remove(call.id)
    call.world.emit("coupon.deleted", coupon)
    return {"id": call.id, "object": "coupon", "deleted": True}


def create_code(call: Call) -> Object:
    """
    Make a code for a coupon; it is made up unless given.

    :raises StripeError: if an active code of that name exists already
    """
    world = call.world
    given: dict[str, Any] = {k: v for k, v in call.params.items() if k != "expand"}
    coupon = given["promotion"]["coupon"]
    world.store.get(coupon, "coupon", param="promotion[coupon]")
    given.setdefault("code", random_text(8).upper())
    if world.store.all("promotion_code", code=given["code"], active=True):
        raise refused(
            f"An active promotion code with `code: {given['code']}` already exists.", param="code"
        )
    code = world.create(
        "promotion_code",
        **{
            "active": True,
            "created": world.now(),
            "customer": None,
            "customer_account": None,
            "expires_at": None,
            "livemode": False,
            "max_redemptions": None,
            "metadata": {},
            "restrictions": {
                "first_time_transaction": False,
                "minimum_amount": None,
                "minimum_amount_currency": None,
            },
            "times_redeemed": 0,
            **given,
        },
    )
    world.emit("promotion_code.created", code)
    return code


def update_code(call: Call) -> Object:
    return updates(call, "promotion_code", "promotion_code.updated")


ROUTES = (
    listing("coupon", "/v1/coupons", {}),
    Route("POST", "/v1/coupons", CREATE_COUPON, create_coupon),
    retrieving("coupon", "/v1/coupons/{id}"),
    Route("POST", "/v1/coupons/{id}", UPDATE_COUPON, update_coupon),
    Route("DELETE", "/v1/coupons/{id}", form({}), delete_coupon),
    listing(
        "promotion_code",
        "/v1/promotion_codes",
        {"active": Flag(), "code": TEXT, "coupon": ID},
        columns={"coupon": "promotion.coupon"},
    ),
    Route("POST", "/v1/promotion_codes", CREATE_CODE, create_code),
    retrieving("promotion_code", "/v1/promotion_codes/{id}"),
    Route("POST", "/v1/promotion_codes/{id}", UPDATE_CODE, update_code),
)
