"""
Reconciliation in figures: `python -m tests.benchmarks.reconciling --help`.

So many sessions at Stripe, a quarter of them paid and the others expired, all known here, an event
of each in the inbox; among them some that were paid and not granted, refunded and not taken,
disputed and not taken. Then the command, once to look, once to repair and once to look again:
seconds, findings, and its largest size in memory.
"""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.benchmarks.scene import scene, stripe_at
from tests.processes import running

CHUNK = 2000


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
    environment = {
        "DATABASE_URL": database,
        "STRIPE_API_BASE": stripe.base_url,
        "BILLING_RECONCILE_PATIENCE": "0",
    }
    with running(
        command,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
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
    from stripe_sandbox.state.store import Store
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
    """Every fourth session is paid, the others expired; the first ones drifted apart."""
    from django.db import transaction

    from billing.models import Payment, Purchase, StripeEvent

    uuids = {number: uuid4() for number in numbers}
    paid = {number for number in numbers if number < 3 * drift or number % 4 == 0}
    with transaction.atomic():
        payments = Payment.objects.bulk_create(
            Payment(
                stripe_payment_intent_id=f"pi_{number}",
                livemode=False,
                currency="usd",
                amount_received=model.unit_amount,
            )
            for number in sorted(paid)
        )
        lots = _grant(model, {number: uuids[number] for number in paid if number >= drift})
        of_payment = dict(zip(sorted(paid), payments, strict=True))
        Purchase.objects.bulk_create(
            _purchase(model, uuids[number], number, of_payment.get(number), lots.get(number))
            for number in numbers
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
    for number in numbers:
        _at_stripe(event, told, store, uuids[number], number, drift=drift, paid=number in paid)


def _grant(model, uuids):
    """Grant many in one statement, through the verb's own door; lots by number."""
    from django.db import connection

    from credits.models import Lot

    sources = {f"purchase:{uuid}": number for number, uuid in uuids.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO credits_grant_v1 (account_id, kind, lot_kind, credits, source, expires_at,
                                       key, description, metadata, actor, at)
            SELECT %s, 'GRANT', 'PURCHASE', %s, source, NULL, NULL, '', '{}', '', now()
            FROM unnest(%s::text[]) AS source
            """,
            [model.account_id, model.credits, list(sources)],
        )
    rows = Lot.objects.filter(source__in=list(sources)).values_list("source", "pk")
    return {sources[source]: pk for source, pk in rows}


def _purchase(model, uuid, number, payment, lot_id):
    from django.utils import timezone

    from billing.models import Purchase
    from tests.shop import promised

    end: dict[str, Any] = {"status": "processing" if payment else "expired"}
    if lot_id:
        end = {
            "lot_id": lot_id,
            "payment": payment,
            "status": "paid",
            "paid_at": timezone.now(),
        }
    return Purchase(
        uuid=uuid,
        stripe_session_id=f"cs_test_{number}",
        **promised(model),
        **end,
    )


def _at_stripe(event, told, store, uuid, number, *, drift, paid):
    """A session and its event; a refund for some, a dispute for others."""
    from django.utils import timezone

    created = int((timezone.now() - timedelta(minutes=1, seconds=number / 1000)).timestamp())
    session = told["checkout.session.completed"] | {
        "id": f"cs_test_{number}",
        "payment_intent": f"pi_{number}" if paid else None,
        "client_reference_id": str(uuid),
        "metadata": {"purchase_id": str(uuid)},
        "created": created,
    }
    if not paid:
        session |= {"status": "expired", "payment_status": "unpaid"}
    store.add(session)
    store.add(event | {"id": f"evt_{number}", "data": {"object": session}, "created": created})
    names = {"payment_intent": f"pi_{number}", "charge": f"ch_{number}", "created": created}
    if drift <= number < 2 * drift:
        store.add(told["refund.created"] | {"id": f"re_{number}", **names})
    elif 2 * drift <= number < 3 * drift:
        store.add(told["charge.dispute.created"] | {"id": f"du_{number}", **names})


if __name__ == "__main__":
    main()
