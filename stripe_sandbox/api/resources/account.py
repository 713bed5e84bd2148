"""The account that everything belongs to, and its balance."""

from stripe_sandbox.api.params import ID, PAGE, TEXT, form
from stripe_sandbox.api.routes import PLAIN, Call, Route, as_list, listing, retrieving
from stripe_sandbox.errors import missing_object
from stripe_sandbox.state.store import Object
from stripe_sandbox.state.world import ACCOUNT_ID

FOUNDED = 1_700_000_000


def account(_call: Call) -> Object:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": {
            "annual_revenue": None,
            "estimated_worker_count": None,
            "mcc": "5734",
            "name": "Sandbox",
            "product_description": None,
            "support_address": {**address, "country": "US"},
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
        },
        "business_type": None,
        "capabilities": {
            "card_payments": "active",
            "sepa_debit_payments": "active",
            "transfers": "active",
            "us_bank_account_ach_payments": "active",
        },
        "charges_enabled": True,
        "country": "US",
        "created": FOUNDED,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "owner@example.com",
        "groups": None,
        "metadata": {},
        "payouts_enabled": True,
        "settings": {
            "branding": {
                "icon": None,
                "logo": None,
                "primary_color": None,
                "secondary_color": None,
            },
            "card_payments": {
                "decline_on": {"avs_failure": False, "cvc_failure": False},
                "statement_descriptor_prefix": None,
                "statement_descriptor_prefix_kana": None,
                "statement_descriptor_prefix_kanji": None,
            },
            "dashboard": {"display_name": "Sandbox", "timezone": "Etc/UTC"},
            "payments": {
                "statement_descriptor": "SANDBOX",
                "statement_descriptor_kana": None,
                "statement_descriptor_kanji": None,
            },
        },
        "type": "standard",
    }


def own_account(call: Call) -> Object:
    """
    Return the one account by its id.

    :raises StripeError: if it is another one
    """
    if call.id != ACCOUNT_ID:
        raise missing_object("account", call.id)
    return account(call)


def connected_accounts(_call: Call) -> Object:
    """List the accounts of a platform's customers: there are none."""
    return as_list([], "/v1/accounts")


def balance(call: Call) -> Object:
    """All that was paid, less fees, refunds and disputes; nothing is ever paid out."""
    totals: dict[str, int] = {}
    for transaction in call.world.store.all("balance_transaction"):
        currency = transaction["currency"]
        totals[currency] = totals.get(currency, 0) + transaction["net"]
    zero = {"amount": 0, "currency": "usd", "source_types": {"card": 0}}
    return {
        "object": "balance",
        "available": [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in totals.items()
        ]
        or [zero],
        "livemode": False,
        "pending": [zero],
    }


ROUTES = (
    Route("GET", "/v1/account", PLAIN, account),
    Route("GET", "/v1/accounts", form(PAGE), connected_accounts),
    Route("GET", "/v1/accounts/{id}", PLAIN, own_account),
    Route("GET", "/v1/balance", PLAIN, balance),
    retrieving("balance_transaction", "/v1/balance_transactions/{id}"),
    listing(
        "balance_transaction",
        "/v1/balance_transactions",
        {"currency": TEXT, "source": ID, "type": TEXT},
    ),
)
