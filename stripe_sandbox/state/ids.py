"""Ids that look like Stripe's: a prefix that says what it is, then letters and digits."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits

PREFIXES = {
    "account": "acct_1",
    "balance_transaction": "txn_3",
    "billing_portal.session": "bps_1",
    "charge": "ch_3",
    "checkout.session": "cs_test_a1",
    "coupon": "",
    "customer": "cus_",
    "dispute": "du_1",
    "event": "evt_1",
    "invoice": "in_1",
    "invoice_payment": "inpay_1",
    "item": "li_1",
    "line_item": "il_1",
    "payment_intent": "pi_3",
    "payment_method": "pm_1",
    "price": "price_1",
    "product": "prod_",
    "promotion_code": "promo_1",
    "radar.early_fraud_warning": "issfr_1",
    "refund": "re_3",
    "setup_intent": "seti_1",
    "tax.registration": "taxreg_1",
    "tax_id": "txi_1",
    "webhook_endpoint": "we_1",
}
LENGTHS = {"checkout.session": 56, "customer": 14, "product": 14}


def new(object_name: str) -> str:
    """Make an id for an object of this kind."""
    return PREFIXES[object_name] + random_text(LENGTHS.get(object_name, 22))


def random_text(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
