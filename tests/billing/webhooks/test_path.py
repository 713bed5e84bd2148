"""How many files somebody reads who follows a webhook from its view to the ledger."""

import sys
from pathlib import Path

import pytest

import billing
from credits import ledger

pytestmark = pytest.mark.django_db

BILLING = Path(billing.__file__).parent
LEDGER = Path(ledger.__file__).parent
MOST = 16
# How settings, payloads and fields are read, and statements sent: nobody looks there for what a
# webhook does.
ASIDE = {
    BILLING / "conf.py",
    BILLING / "payloads.py",
    BILLING / "prepared.py",
    BILLING / "stripe_gateway" / "objects" / "fields.py",
}


def files_of(call):
    """The files of billing that ran, and those of the ledger's verbs that it called."""
    seen = set()

    def note(frame, event, _argument):
        if event == "call":
            seen.add(Path(frame.f_code.co_filename))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    seen -= ASIDE
    return sorted(str(path) for path in seen if BILLING in path.parents or LEDGER in path.parents)


@pytest.mark.parametrize(
    "event_type", ["checkout.session.completed", "refund.created", "charge.dispute.created"]
)
def test_a_webhook_passes_few_files(shop, event_type):
    purchase = shop.open()
    shop.pay(purchase)
    if event_type != "checkout.session.completed":
        shop.deliver()
        purchase.refresh_from_db()
        payment = purchase.payment.stripe_payment_intent_id
        shop.stripe.refund(payment, 400)
        shop.stripe.dispute(payment)
    event = shop.event(event_type)

    files = files_of(lambda: shop.deliver(event))

    assert any(Path(file).parent == LEDGER for file in files), files
    assert len(files) <= MOST, "\n".join(files)
