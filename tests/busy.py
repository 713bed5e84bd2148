"""A site on which everything has happened, with names as long as people's are: for its pages."""

from datetime import timedelta

from django.utils import timezone

from api import keys
from api.models import Scope
from api.outgoing import delivering
from billing import vouchers
from billing.mirror import sweeping
from billing.models import Purchase, StripeEvent
from billing.topups import charging, falls
from config import jobs
from credits import adjustments, holds, ledger, schedule
from credits.models import Account
from tests.api.outgoing.factories import make_endpoint
from tests.billing.topups import factories as topups
from tests.billing.vouchers.factories import make_batch, make_codes
from tests.credits.factories import make_lot, make_operation, make_spend
from tests.people import make_staff, make_user

ADDRESS = "a-person-with-quite-a-long-name.{}@subdomain.example.com"
WORK = "Transcribed-a-file-with-a-name-that-nobody-could-break-anywhere-0123456789.mp3"
PLAN = "Professional, for teams that transcribe every day"


def make_busy_site(shop, settings):
    """Let everything happen, by the verbs. Returns the account to which most of it did."""
    settings.BILLING_TOP_UPS = True
    settings.CREDITS_ADJUSTMENT_APPROVAL_ABOVE = 50
    falls.forget_thresholds()
    endpoint = make_endpoint(
        url="https://hooks.a-customer-with-a-long-name.example/credits/webhooks/v1/receive"
    )
    user = make_user(email=ADDRESS.format(1), first_name="Ada", last_name="Lovelace")
    account = Account.objects.for_user(user)
    plan = shop.plan(name=PLAN, unit_amount=1_234_500, credits=1_234_500)
    _sell(shop, user, plan)
    _use(account)
    _top_up(shop)
    _staff(account)
    shop.deliver()
    delivering.send_due()
    sweeping.sweep()
    jobs.send_webhooks_soon()
    next(schedule.run_due())
    assert endpoint.deliveries.exists()
    return account


def _sell(shop, user, plan):
    """Sell, refund a part, dispute, warn; leave one open, lose one, and set one event aside."""
    refunded = shop.sell(buyer=None, user=user, plan=plan)
    shop.refund(refunded, 100_000)
    warned = shop.sell(user=user, plan=plan)
    shop.stripe.warn(warned.payment.stripe_payment_intent_id)
    short = shop.sell(user=make_user(email=ADDRESS.format(2)), plan=plan)
    make_spend(account=short.account, credits=1_000_000, description=WORK)
    shop.stripe.dispute(short.payment.stripe_payment_intent_id, 1_234_500)
    shop.deliver()
    shop.open(user=user, plan=plan)
    aside = shop.open(plan=plan)
    shop.pay(aside)
    event = shop.event("checkout.session.completed")
    event["data"]["object"]["amount_subtotal"] = 999
    shop.deliver(event)
    assert StripeEvent.objects.filter(state="quarantined").exists()
    assert Purchase.objects.filter(status="paid").count() > 2


def _use(account):
    """Grant, spend, hold, capture, release, and give back."""
    operation = make_operation(slug="transcribe-large-files", name="Transcribe large files")
    make_lot(
        account=account,
        credits=1_234_567,
        starts_at=timezone.now() + timedelta(days=1),
        expires_at=timezone.now() + timedelta(days=30),
    )
    spent = make_spend(account=account, credits=123_456, description=WORK, operation=operation.slug)
    ledger.give_back(transaction=spent, credits=1_000, key="give-back", description=WORK)
    holds.hold(account=account, credits=10_000, key=f"job:{WORK}", operation=operation.slug)
    captured = holds.hold(account=account, credits=5_000, key="captured")
    holds.capture(hold=captured, credits=4_000)
    holds.release(hold=holds.hold(account=account, credits=100, key="released"))


def _top_up(shop):
    """Charge one top-up, and be refused another."""
    plan = shop.plan(name=f"Top-up: {PLAN}")
    topups.charged(shop, user=make_user(email=ADDRESS.format(3)), plan=plan)
    declined = topups.queued(shop, user=make_user(email=ADDRESS.format(4)), plan=plan)
    topups.change_card(shop, declined.rule, "chargeDeclined")
    charging.charge_due()


def _staff(account):
    """Adjust, ask for an adjustment, make keys and give vouchers out."""
    colleague = f"staff:{make_staff(email=ADDRESS.format(5)).pk}"
    reason = "The customer wrote that the credits of last month were used by a colleague's mistake."
    for credits, key in ((10, "small"), (5_000, "large")):
        adjustments.adjust_or_ask(
            account=account, credits=credits, reason=reason, actor=colleague, key=key
        )
    keys.make(
        name="The nightly transcription of everything that came in",
        client="nightly-transcription",
        scopes=[Scope.READ, Scope.SPEND],
        account=account,
        created_by=colleague,
    )
    make_batch(name="Conference in spring: everybody who came to the stand", size=2)
    [code] = make_codes(name="A friend's friend, for their first transcription", credits=5_000)
    vouchers.redeem(user=account.user, code=code)
