"""A customer with a saved card, for tests."""


def make_customer(client):
    return client.v1.customers.create({"email": "jenny@example.com"})


def make_setup(client, customer=None, **params):
    """Open a page that saves a card."""
    customer = customer or make_customer(client)
    return client.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "usd",
            "customer": customer.id,
            "success_url": "https://shop.example/saved?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example/topup",
            **params,
        }
    )


def save_card(sandbox, client, card="visa", **params):
    """Save a card; return its PaymentMethod."""
    session = make_setup(client, **params)
    sandbox.save_card(session.id, card)
    intent = client.v1.setup_intents.retrieve(
        client.v1.checkout.sessions.retrieve(session.id).setup_intent,
        {"expand": ["payment_method"]},
    )
    return intent.payment_method


def charge(client, method, *, amount=1000, options=None, **params):
    """Charge a saved card while its customer is away."""
    return client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "usd",
            "customer": method.customer,
            "payment_method": method.id,
            "off_session": True,
            "confirm": True,
            **params,
        },
        options or {},
    )
