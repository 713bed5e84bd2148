"""Cards and bank accounts."""

from stripe_sandbox.api.kinds import Choice, Integer
from stripe_sandbox.api.params import (
    BILLING_DETAILS,
    ID,
    METADATA,
    PAGE,
    TEXT,
    Fields,
    form,
)
from stripe_sandbox.api.routes import Call, Route, as_list, listing, retrieving, updates
from stripe_sandbox.errors import StripeError, missing_parameter
from stripe_sandbox.payments import payment_methods, test_cards
from stripe_sandbox.state.store import Object

CARD = Fields(
    of={
        "cvc": TEXT,
        "exp_month": Integer(least=1, most=12),
        "exp_year": Integer(),
        "number": TEXT,
        "token": ID,
    }
)
BANK_ACCOUNT = Fields(
    of={
        "account_holder_type": Choice(of=("company", "individual")),
        "account_number": TEXT,
        "account_type": Choice(of=("checking", "savings")),
        "routing_number": TEXT,
    },
    required=("account_number",),
)
CREATE = form(
    {
        "billing_details": BILLING_DETAILS,
        "card": CARD,
        "metadata": METADATA,
        "sepa_debit": Fields(of={"iban": TEXT}, required=("iban",)),
        "type": Choice(of=payment_methods.TYPES),
        "us_bank_account": BANK_ACCOUNT,
    },
    required=("type",),
)
UPDATE = form({"billing_details": BILLING_DETAILS, "metadata": METADATA})


def create(call: Call) -> Object:
    params = call.params
    kind = params["type"]
    if kind not in params:
        raise missing_parameter(kind)
    if kind == "card":
        name = params["card"].get("token") or params["card"].get("number", "")
        test_method = test_cards.card(name)
        if test_method is None:
            raise StripeError(
                402,
                "Your card number is incorrect.",
                type="card_error",
                code="incorrect_number",
                param="number",
            )
    else:
        number = params[kind]["iban" if kind == "sepa_debit" else "account_number"]
        test_method = test_cards.bank_account(number)
    return payment_methods.add(
        call.world,
        kind,
        test_method,
        billing_details=params.get("billing_details"),
        metadata=params.get("metadata"),
    )


def attach(call: Call) -> Object:
    world = call.world
    method = (
        payment_methods.resolve(world, call.id)[0]
        if call.id.startswith("pm_card_")
        else world.store.get(call.id, "payment_method")
    )
    payment_methods.attach(world, method, call.params["customer"])
    return method


def detach(call: Call) -> Object:
    method = call.world.store.get(call.id, "payment_method")
    payment_methods.detach(call.world, method)
    return method


def page_of(call: Call, filters: Object, path: str) -> Object:
    """Give one page of payment methods."""
    cursors = {k: v for k, v in call.params.items() if k in PAGE and k != "created"}
    if "type" in call.params:
        filters = {**filters, "type": call.params["type"]}
    found, has_more = call.world.store.page("payment_method", filters, **cursors)
    return as_list(found, path, has_more=has_more)


def update(call: Call) -> Object:
    return updates(call, "payment_method", "payment_method.updated")


ROUTES = (
    listing(
        "payment_method", "/v1/payment_methods", {"customer": ID, "type": TEXT}, with_created=False
    ),
    Route("POST", "/v1/payment_methods", CREATE, create),
    retrieving("payment_method", "/v1/payment_methods/{id}"),
    Route("POST", "/v1/payment_methods/{id}", UPDATE, update),
    Route(
        "POST",
        "/v1/payment_methods/{id}/attach",
        form({"customer": ID}, required=("customer",)),
        attach,
    ),
    Route("POST", "/v1/payment_methods/{id}/detach", form({}), detach),
)
