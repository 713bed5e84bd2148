"""What the sandbox's own tests begin with: a shop, a visit to its payment page."""

from typing import Any

import stripe

KEY = "sk_test_" + "0" * 24


def make_client(sandbox, **options: Any) -> Any:
    """Make the official library's client, untyped: half of these tests send what it forbids."""
    return stripe.StripeClient(
        options.pop("key", KEY),
        base_addresses={"api": sandbox.base_url},
        max_network_retries=options.pop("retries", 0),
        **options,
    )


def make_price(client, *, unit_amount=1000, currency="usd", name="Starter", **tax: Any):
    """Make a price; `tax` is the product's `tax_code` and the price's `tax_behavior`."""
    code = {"tax_code": tax.pop("tax_code")} if "tax_code" in tax else {}
    product = client.v1.products.create({"name": name, **code})
    return client.v1.prices.create(
        {"product": product.id, "currency": currency, "unit_amount": unit_amount, **tax}
    )


def set_up_tax(client, *countries):
    """Give the account a head office in Germany, and registrations."""
    client.v1.tax.settings.update({"head_office": {"address": {"country": "DE"}}})
    for country in countries:
        client.v1.tax.registrations.create(
            {
                "active_from": "now",
                "country": country,
                "country_options": {country.lower(): {"type": "standard"}},
            }
        )


def make_session(client, *, price=None, **params: Any):
    price = price or make_price(client)
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "https://shop.example/paid?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example/plans",
            **params,
        }
    )


def make_payment(sandbox, client, *, outcome="pay", **params: Any):
    """Open a session and pay it; return the session as it is then."""
    session = make_session(client, **params)
    sandbox.pay(session.id, outcome)
    return client.v1.checkout.sessions.retrieve(session.id)


def types(events) -> list[str]:
    return [event["type"] for event in events]
