"""
What Stripe refuses, line by line as in `docs/stripe-refusals.md`, and what it just takes.

Each line is a call, and the error's HTTP status, type, code and param.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tests.stripe_sandbox.buying import make_payment, make_price, make_session, set_up_tax
from tests.stripe_sandbox.saving import charge, make_customer, make_setup, save_card

HOUR = 3600
REQUEST = "invalid_request_error"


@dataclass(frozen=True)
class Refusal:
    call: Callable[[Any, Any], Any]
    param: str | None = None
    code: str | None = None
    type: str = REQUEST
    status: int = HTTPStatus.BAD_REQUEST


def session(**params: Any) -> Callable[[Any, Any], Any]:
    return lambda client, _sandbox: make_session(client, **params)


def session_of(price_of: Callable[[Any], Any], **params: Any) -> Callable[[Any, Any], Any]:
    def call(client, _sandbox):
        good, bad = make_price(client), price_of(client)
        items = [{"price": price.id, "quantity": 1} for price in (good, bad)]
        return make_session(client, line_items=items, **params)

    return call


def archived_price(client):
    return client.v1.prices.update(make_price(client).id, {"active": False})


def price_of_archived_product(client):
    price = make_price(client)
    client.v1.products.update(price.product, {"active": False})
    return price


def price_data(**data: Any) -> Callable[[Any, Any], Any]:
    data = {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Starter"}, **data}
    return session(line_items=[{"price_data": data, "quantity": 1}])


def taxed(*, head_office: bool = True, **params: Any) -> Callable[[Any, Any], Any]:
    def call(client, _sandbox):
        if head_office:
            set_up_tax(client, "DE")
        return make_session(client, customer=make_customer(client).id, **params)

    return call


def price(**params: Any) -> Callable[[Any, Any], Any]:
    def call(client, _sandbox):
        product = client.v1.products.create({"name": "Starter"})
        return client.v1.prices.create(
            {"product": product.id, "currency": "usd", "unit_amount": 1000, **params}
        )

    return call


def product(**params: Any) -> Callable[[Any, Any], Any]:
    return lambda client, _sandbox: client.v1.products.create({"name": "Starter", **params})


def customer(**params: Any) -> Callable[[Any, Any], Any]:
    return lambda client, _sandbox: client.v1.customers.create(params)


def deleted_customer(client):
    customer = client.v1.customers.create({"email": "a@example.com"})
    client.v1.customers.delete(customer.id)
    return customer.id


def intent(**params: Any) -> Callable[[Any, Any], Any]:
    return lambda client, _sandbox: client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", **params}
    )


def refund(**params: Any) -> Callable[[Any, Any], Any]:
    def call(client, sandbox):
        paid = make_payment(sandbox, client)
        return client.v1.refunds.create({"payment_intent": paid.payment_intent, **params})

    return call


def second_refund(client, sandbox):
    paid = make_payment(sandbox, client)
    for _ in range(2):
        client.v1.refunds.create({"payment_intent": paid.payment_intent})


def refund_of_disputed(client, sandbox):
    paid = make_payment(sandbox, client)
    sandbox.dispute(paid.id)
    client.v1.refunds.create({"payment_intent": paid.payment_intent})


def expire_paid(client, sandbox):
    client.v1.checkout.sessions.expire(make_payment(sandbox, client).id)


def one_key_for_two(second: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def call(client, _sandbox):
        client.v1.products.create({"name": "Starter"}, {"idempotency_key": "key"})
        return second(client)

    return call


def more_metadata(client, _sandbox):
    product = client.v1.products.create(
        {"name": "x", "metadata": {f"a{n}": "1" for n in range(40)}}
    )
    client.v1.products.update(product.id, {"metadata": {f"b{n}": "1" for n in range(11)}})


def charge_of_detached(client, sandbox):
    method = save_card(sandbox, client)
    client.v1.payment_methods.detach(method.id)
    charge(client, method)


def charge_of_anothers(client, sandbox):
    charge(client, save_card(sandbox, client), customer=make_customer(client).id)


def charge_without_customer(client, sandbox):
    method = save_card(sandbox, client)
    intent(payment_method=method.id, confirm=True)(client, sandbox)


def attach_anothers(client, sandbox):
    method = save_card(sandbox, client)
    client.v1.payment_methods.attach(method.id, {"customer": make_customer(client).id})


def detach_twice(client, sandbox):
    method = save_card(sandbox, client)
    for _ in range(2):
        client.v1.payment_methods.detach(method.id)


def in_version(version: str) -> Callable[[Any, Any], Any]:
    return lambda client, _sandbox: client.v1.products.create(
        {"name": "Starter"}, {"stripe_version": version}
    )


REFUSALS = {
    # Checkout Sessions
    "a session that expires in less than 30 minutes": Refusal(
        lambda client, _: make_session(client, expires_at=int(time.time()) + HOUR // 2 - 1),
        param="expires_at",
    ),
    "a session that expires in more than 24 hours": Refusal(
        lambda client, _: make_session(client, expires_at=int(time.time()) + 24 * HOUR + 5),
        param="expires_at",
    ),
    "an archived price": Refusal(session_of(archived_price), param="line_items[1][price]"),
    "a price whose product is archived": Refusal(
        session_of(price_of_archived_product), param="line_items[1][price]"
    ),
    "an unknown price": Refusal(
        session(line_items=[{"price": "price_none", "quantity": 1}]),
        param="line_items[0][price]",
        code="resource_missing",
    ),
    "a line item without a quantity": Refusal(
        lambda client, _: make_session(client, line_items=[{"price": make_price(client).id}]),
        param="line_items[0][quantity]",
        code="parameter_missing",
    ),
    "line items of two currencies": Refusal(
        session_of(lambda client: make_price(client, currency="eur")), param="line_items"
    ),
    "a session for less than the currency's minimum": Refusal(
        price_data(unit_amount=49), code="amount_too_small"
    ),
    "a session for more than eight digits": Refusal(
        session_of(lambda client: make_price(client, unit_amount=99_999_999)),
        code="amount_too_large",
    ),
    "a deleted customer in a session": Refusal(
        lambda client, _: make_session(client, customer=deleted_customer(client)),
        param="customer",
        code="resource_missing",
    ),
    "a customer and an address in one session": Refusal(
        lambda client, _: make_session(
            client, customer=client.v1.customers.create({}).id, customer_email="a@example.com"
        )
    ),
    "a client_reference_id of more than 200 characters": Refusal(
        session(client_reference_id="x" * 201), param="client_reference_id"
    ),
    "a return address that is no URL": Refusal(
        session(success_url="shop.example/paid"), param="success_url", code="url_invalid"
    ),
    "a session of the old ui_mode": Refusal(session(ui_mode="hosted"), param="ui_mode"),
    "ending a session that was paid": Refusal(expire_paid),
    "line items where a card is only saved": Refusal(
        lambda client, _: make_setup(client, line_items=[{"price": "price_1", "quantity": 1}]),
        param="line_items",
    ),
    "saving a card without a currency": Refusal(
        lambda client, _: client.v1.checkout.sessions.create(
            {"mode": "setup", "success_url": "https://shop.example/saved"}
        ),
        param="currency",
        code="parameter_missing",
    ),
    # Saved cards
    "off_session without confirm": Refusal(intent(off_session=True), param="off_session"),
    "a charge of a card that was detached": Refusal(charge_of_detached, param="payment_method"),
    "a charge of another customer's card": Refusal(
        charge_of_anothers, param="payment_method", code="resource_missing"
    ),
    "a charge of a saved card without its customer": Refusal(
        charge_without_customer, param="payment_method"
    ),
    "attaching another customer's card": Refusal(attach_anothers, param="payment_method"),
    "detaching a card that is no customer's": Refusal(detach_twice, param="payment_method"),
    # Currencies
    "an unknown currency": Refusal(price(currency="zzz"), param="currency"),
    "an unknown currency in a session": Refusal(
        price_data(currency="zzz"), param="line_items[0][price_data][currency]"
    ),
    "a last digit other than 0 in a three-decimal currency": Refusal(
        intent(amount=5124, currency="kwd"), param="amount", code="parameter_invalid_integer"
    ),
    "decimals other than 00 in ISK or UGX": Refusal(
        intent(amount=50050, currency="isk"),
        param="amount",
        code="invalid_charge_amount_no_decimal_compatible",
    ),
    "a session for an amount that its currency does not have": Refusal(
        price_data(currency="ugx", unit_amount=500_050),
        param="line_items",
        code="invalid_charge_amount_no_decimal_compatible",
    ),
    "a price in a session of an unknown product": Refusal(
        session(
            line_items=[
                {
                    "price_data": {"currency": "usd", "unit_amount": 900, "product": "prod_none"},
                    "quantity": 1,
                }
            ]
        ),
        param="line_items[0][price_data][product]",
        code="resource_missing",
    ),
    "a payment below the currency's minimum": Refusal(
        intent(amount=1499, currency="czk"), param="amount", code="amount_too_small"
    ),
    "a payment of more than eight digits": Refusal(
        intent(amount=100_000_000), param="amount", code="amount_too_large"
    ),
    # Prices and products
    "a negative price": Refusal(
        price(unit_amount=-1), param="unit_amount", code="parameter_invalid_integer"
    ),
    "a price with decimals": Refusal(
        price(unit_amount="9.99"), param="unit_amount", code="parameter_invalid_integer"
    ),
    "a price of an unknown product": Refusal(
        price(product="prod_none"), param="product", code="resource_missing"
    ),
    "a product without a name": Refusal(
        product(name=""), param="name", code="parameter_invalid_empty"
    ),
    "an unknown parameter": Refusal(
        product(colour="red"), param="colour", code="parameter_unknown"
    ),
    # Customers
    "an address without a domain": Refusal(
        customer(email="a@example"), param="email", code="email_invalid"
    ),
    "an address that begins with a blank": Refusal(
        session(customer_email=" a@example.com"), param="customer_email", code="email_invalid"
    ),
    "changing a deleted customer": Refusal(
        lambda client, _: client.v1.customers.update(deleted_customer(client), {"name": "A"}),
        param="id",
        code="resource_missing",
        status=HTTPStatus.NOT_FOUND,
    ),
    "deleting a customer twice": Refusal(
        lambda client, _: client.v1.customers.delete(deleted_customer(client)),
        param="id",
        code="resource_missing",
        status=HTTPStatus.NOT_FOUND,
    ),
    # Metadata
    "more than 50 keys of metadata": Refusal(
        product(metadata={f"key{number}": "1" for number in range(51)}), param="metadata"
    ),
    "more than 50 keys with those that are there": Refusal(more_metadata, param="metadata"),
    "a key of metadata of more than 40 characters": Refusal(
        product(metadata={"k" * 41: "1"}), param="metadata"
    ),
    "a value of metadata of more than 500 characters": Refusal(
        product(metadata={"key": "v" * 501}), param="metadata"
    ),
    # Refunds
    "automatic tax for an account without a head office": Refusal(
        taxed(
            head_office=False, automatic_tax={"enabled": True}, customer_update={"address": "auto"}
        ),
        param="automatic_tax",
    ),
    "automatic tax for a customer whose address is not known": Refusal(
        taxed(automatic_tax={"enabled": True}), code="customer_tax_location_invalid"
    ),
    "a tax id of a customer whose name may not change": Refusal(
        taxed(tax_id_collection={"enabled": True}, customer_update={"address": "auto"}),
        param="customer_update[name]",
    ),
    "a tax id of a customer whose address is not known": Refusal(
        taxed(tax_id_collection={"enabled": True}, customer_update={"name": "auto"}),
        param="customer_update[address]",
    ),
    "customer_update without a customer": Refusal(
        session(customer_update={"name": "auto"}), param="customer_update"
    ),
    "Managed Payments of a product without a tax code": Refusal(
        session(managed_payments={"enabled": True}), param="line_items[0]"
    ),
    "Managed Payments with a parameter that it sees to itself": Refusal(
        session(managed_payments={"enabled": True}, payment_method_types=["card"]),
        param="payment_method_types",
    ),
    "a refund of more than is left": Refusal(refund(amount=1001), param="amount"),
    "a refund of nothing": Refusal(
        refund(amount=0), param="amount", code="parameter_invalid_integer"
    ),
    "a refund of what was refunded": Refusal(second_refund, code="charge_already_refunded"),
    "a refund of what was charged back": Refusal(refund_of_disputed, code="charge_disputed"),
    "a refund for a reason that Stripe does not know": Refusal(
        refund(reason="changed_mind"), param="reason"
    ),
    # Every call
    "a key for idempotency with other parameters": Refusal(
        one_key_for_two(
            lambda client: client.v1.products.create({"name": "x"}, {"idempotency_key": "key"})
        ),
        type="idempotency_error",
    ),
    "a key for idempotency at another endpoint": Refusal(
        one_key_for_two(
            lambda client: client.v1.customers.create({"name": "x"}, {"idempotency_key": "key"})
        ),
        type="idempotency_error",
    ),
    "a key for idempotency of more than 255 characters": Refusal(
        lambda client, _: client.v1.products.create(
            {"name": "Starter"}, {"idempotency_key": "k" * 256}
        )
    ),
    "a Stripe-Version that does not exist yet": Refusal(in_version("2099-01-01.zebra")),
    "a Stripe-Version that is no date": Refusal(in_version("2019-2-19")),
}
# What stands just inside a limit is taken.
TAKEN = {
    "30 minutes": lambda client: make_session(client, expires_at=int(time.time()) + HOUR // 2 + 1),
    "24 hours": lambda client: make_session(client, expires_at=int(time.time()) + 24 * HOUR),
    "200 characters": lambda client: make_session(client, client_reference_id="x" * 200),
    "metadata": lambda client: client.v1.products.create(
        {"name": "x", "metadata": {f"{number:040}": "v" * 500 for number in range(50)}}
    ),
    "metadata replaced": lambda client: client.v1.products.update(
        client.v1.products.create(
            {"name": "x", "metadata": {f"a{number}": "1" for number in range(50)}}
        ).id,
        {"metadata": {"a0": "", "b0": "1"}},
    ),
    "yen": lambda client: intent(amount=50, currency="jpy")(client, None),
    "dinars": lambda client: intent(amount=5120, currency="kwd")(client, None),
    "krónur": lambda client: intent(amount=50000, currency="isk")(client, None),
    "capitals": lambda client: make_price(client, currency="USD"),
    "a key": lambda client: client.v1.products.create(
        {"name": "x"}, {"idempotency_key": "k" * 255}
    ),
    "an older version": lambda client: in_version("2024-06-20")(client, None),
    "an address": lambda client: client.v1.customers.create({"email": "a.b+c@mail.example.com"}),
}
