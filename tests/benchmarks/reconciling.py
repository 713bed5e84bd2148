"""
Reconciliation in figures: `python -m tests.benchmarks.reconciling --help`.

So many sessions at Stripe, each sold here, an event of each in the inbox; among them some that
were paid and not granted, refunded and not taken, disputed and not taken. Then the command, once to
look, once to repair and once to look again: seconds, findings, and its largest size in memory.
"""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from datetime import timedelta
from uuid import uuid4

from tests.benchmarks.scene import scene, stripe_at

CHUNK = 1000


def main():
    parser = ArgumentParser(prog="python -m tests.benchmarks.reconciling", description=__doc__)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--drift", type=int, default=300, help="of each kind")
    arguments = parser.parse_args()
    with scene() as it:
        state = f"{it.folder}/many.sqlite3"
        began = time.monotonic()
        fill(it.stripe, state, sessions=arguments.sessions, drift=arguments.drift)
        print(f"{arguments.sessions} sessions after {time.monotonic() - began:.0f} s.", flush=True)
        with stripe_at(state) as stripe:
            codes = [run(stripe, it.database, flags) for flags in ([], ["--repair"], [])]
    sys.exit(codes != [1, 0, 0])


def run(stripe, database, flags):
    """Run the command as a person would; print its last line and the memory that it took."""
    command = [sys.executable, "manage.py", "reconcile_stripe", *flags]
    process = subprocess.Popen(
        command,
        env=os.environ
        | {
            "DATABASE_URL": database,
            "STRIPE_API_BASE": stripe.base_url,
            "BILLING_RECONCILE_PATIENCE": "0",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    lines = process.stdout.readlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    print(
        f"{' '.join(command[2:])}: exit code {process.returncode}, {len(lines) - 1} lines, "
        f"{usage.ru_maxrss // 1024} MiB. {lines[-1].strip()}",
        flush=True,
    )
    return process.returncode


def fill(stripe, state, *, sessions, drift):
    """Sell one purchase really, and make the others after its likeness, at Stripe and here."""
    from billing.sandbox.store import Store
    from tests.shop import Shop

    shop = Shop(stripe)
    model = shop.sell()
    intent = model.payment.stripe_payment_intent_id
    stripe.refund(intent, 300)
    stripe.dispute(intent, 300)
    shop.deliver()
    told = {event["type"]: event["data"]["object"] for event in stripe.events()}
    event = shop.event("checkout.session.completed")
    store = Store(state)
    with store.transaction():
        for body in told.values():
            if not store.exists(body["id"]):
                store.add(body)
        for past in stripe.events():
            store.add(past)
    for start in range(0, sessions, CHUNK):
        numbers = range(start, min(sessions, start + CHUNK))
        with store.transaction():
            _sell(model, event, told, store, numbers, drift=drift)
    store.close()


def _sell(model, event, told, store, numbers, *, drift):
    from django.db import transaction

    from billing.models import Payment, Purchase, StripeEvent

    uuids = [uuid4() for _ in numbers]
    with transaction.atomic():
        payments = Payment.objects.bulk_create(
            Payment(
                stripe_payment_intent_id=f"pi_{number}",
                livemode=False,
                currency="usd",
                amount_received=model.unit_amount,
            )
            for number in numbers
        )
        Purchase.objects.bulk_create(
            _purchase(model, uuid, number, payment, is_granted=number >= drift)
            for uuid, number, payment in zip(uuids, numbers, payments, strict=True)
        )
        StripeEvent.objects.bulk_create(
            StripeEvent(
                livemode=False,
                stripe_event_id=f"evt_{number}",
                type=event["type"],
                payload={},
                state=StripeEvent.State.PROCESSED,
            )
            for number in numbers
        )
    for uuid, number in zip(uuids, numbers, strict=True):
        _at_stripe(event, told, store, uuid, number, drift=drift)


def _purchase(model, uuid, number, payment, *, is_granted):
    from django.utils import timezone

    from billing.models import Purchase
    from credits import ledger

    paid = {}
    if is_granted:
        lot = ledger.grant(
            account=model.account,
            credits=model.credits,
            source=f"purchase:{uuid}",
            kind="PURCHASE",
        )
        paid = {"lot": lot, "payment": payment, "status": "paid", "paid_at": timezone.now()}
    return Purchase(
        uuid=uuid,
        stripe_session_id=f"cs_test_{number}",
        session_expires_at=model.session_expires_at,
        **{
            name: getattr(model, name)
            for name in (
                "account_id",
                "plan_id",
                "plan_price_id",
                "credits",
                "unit_amount",
                "currency",
                "livemode",
            )
        },
        **{"status": "open", **paid},
    )


def _at_stripe(event, told, store, uuid, number, *, drift):
    """A paid session and its event; a refund for some, a dispute for others."""
    from django.utils import timezone

    created = int((timezone.now() - timedelta(minutes=1, seconds=number / 1000)).timestamp())
    session = told["checkout.session.completed"] | {
        "id": f"cs_test_{number}",
        "payment_intent": f"pi_{number}",
        "client_reference_id": str(uuid),
        "metadata": {"purchase_id": str(uuid)},
        "created": created,
    }
    store.add(session)
    store.add(event | {"id": f"evt_{number}", "data": {"object": session}, "created": created})
    names = {"payment_intent": f"pi_{number}", "charge": f"ch_{number}", "created": created}
    if drift <= number < 2 * drift:
        store.add(told["refund.created"] | {"id": f"re_{number}", **names})
    elif 2 * drift <= number < 3 * drift:
        store.add(told["charge.dispute.created"] | {"id": f"du_{number}", **names})


if __name__ == "__main__":
    main()
