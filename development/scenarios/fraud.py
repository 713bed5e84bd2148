"""A bank warns of fraud: what the two settings do then."""

from django.test.utils import override_settings

from billing import conf, jobs
from billing.models import Payment
from billing.staff import fraud

from .runner import CannotRun, Runner, new_person


def fraud_refunded(runner: Runner) -> None:
    """The buyer's bank warns of fraud: a small payment is refunded by itself."""
    if Payment.objects.warned().exists():
        raise CannotRun("Other payments wait with a fraud warning: decide on them first.")
    spent = _warned(runner)
    below = {runner.purchase.currency: runner.purchase.amount_subtotal + 1}
    with override_settings(BILLING_FRAUD_REFUND_BELOW=below):
        jobs.refund_warned()
    runner.step(f"It is below {runner.money(below[runner.purchase.currency])}, so it is refunded:")
    runner.deliver()
    runner.expect(credits=0, shortfall=spent)


def fraud_hold(runner: Runner) -> None:
    """The buyer's bank warns of fraud: what is left is on hold, until staff know the customer."""
    if not conf.fraud_hold():
        raise CannotRun("Nothing is put on hold by itself: set BILLING_FRAUD_HOLD.")
    spent = _warned(runner)
    payment = Payment.objects.get(purchase=runner.purchase)
    fraud.dismiss(
        payment=payment,
        reason="Known customer",
        by=new_person(is_staff=True, is_superuser=True),
    )
    runner.step("Staff dismiss the warning:")
    runner.expect(credits=runner.purchase.credits - spent)


def _warned(runner: Runner) -> int:
    """Let somebody buy and spend a little before the warning; return how much."""
    runner.buy()
    runner.pay()
    runner.step("The buyer has paid:")
    runner.deliver()
    spent = runner.purchase.credits // 5
    runner.step(f"The buyer spends {spent} credits:")
    runner.spend(spent)
    runner.sandbox.warn(runner.payment)
    runner.step("The bank warns of fraud:")
    runner.deliver()
    return spent
