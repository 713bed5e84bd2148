"""Each scenario, by name. Its docstring is what `manage.py play --list` shows of it."""

from collections.abc import Callable, Mapping
from typing import Final

from .fraud import fraud_hold, fraud_refunded
from .runner import Runner
from .tax import invoice, tax_inside, tax_on_top
from .topups import TOP_UPS
from .vouchers import voucher

Scenario = Callable[[Runner], None]


def duplicate(runner: Runner) -> None:
    """Stripe delivers every event five times; the credits come once."""
    runner.buy()
    runner.pay()
    runner.step("The buyer has paid. Every event comes five times:")
    for event in runner.waiting():
        runner.deliver([event] * 5)
    runner.expect(credits=runner.purchase.credits)


def out_of_order(runner: Runner) -> None:
    """Half of it is refunded, and all events come in reverse: the refund before the payment."""
    runner.buy()
    runner.pay()
    half = runner.purchase.amount_subtotal // 2
    runner.sandbox.refund(runner.payment, half)
    runner.step(f"Paid, and {runner.money(half)} refunded. The events come last one first:")
    runner.deliver(reversed(runner.waiting()))
    runner.expect(credits=_left(runner, half))


def three_partial_refunds(runner: Runner) -> None:
    """Three refunds that together are everything; no credit is lost to rounding on the way."""
    _sold(runner)
    price = runner.purchase.amount_subtotal
    back = 0
    for part in (price // 3, price // 3, price - 2 * (price // 3)):
        runner.sandbox.refund(runner.payment, part)
        back += part
        runner.step(f"{runner.money(part)} refunded, {runner.money(back)} so far:")
        runner.deliver()
    runner.expect(credits=0)


def refund_fails(runner: Runner) -> None:
    """A refund succeeds, the credits go; days later the bank returns it, and they come back."""
    _sold(runner)
    refund = runner.sandbox.refund(runner.payment, status="succeeded", becomes="failed")
    runner.step("All of it is refunded:")
    runner.deliver()
    runner.sandbox.settle_refund(refund["id"], "failed")
    runner.step("The bank cannot credit the card, and the refund fails after all:")
    runner.deliver()
    runner.expect(credits=runner.purchase.credits)


def dispute_won(runner: Runner) -> None:
    """The buyer disputes the payment, and loses: credits go and come back."""
    _sold(runner)
    dispute = runner.sandbox.dispute(runner.payment)
    runner.step("The buyer's bank takes the money back:")
    runner.deliver()
    runner.sandbox.win(dispute["id"])
    runner.step("The dispute is won:")
    runner.deliver()
    runner.expect(credits=runner.purchase.credits)


def dispute_lost(runner: Runner) -> None:
    """The buyer spends some credits, disputes the payment, and wins: a shortfall is left."""
    _sold(runner)
    spent = runner.purchase.credits // 5
    runner.step(f"The buyer spends {spent} credits:")
    runner.spend(spent)
    dispute = runner.sandbox.dispute(runner.payment)
    runner.step("The buyer's bank takes the money back:")
    runner.deliver()
    runner.sandbox.lose(dispute["id"])
    runner.step("The dispute is lost:")
    runner.deliver()
    runner.expect(credits=0, shortfall=spent)


def inquiry(runner: Runner) -> None:
    """The buyer's bank only asks: no money moves, and no credits."""
    _sold(runner)
    dispute = runner.sandbox.dispute(runner.payment, inquiry=True)
    runner.step("The bank asks:")
    runner.deliver()
    runner.sandbox.win(dispute["id"])
    runner.step("The bank is content:")
    runner.deliver()
    runner.expect(credits=runner.purchase.credits)


def bank_debit_clears(runner: Runner) -> None:
    """The buyer pays from a bank account: credits come when the bank has paid, days later."""
    runner.buy()
    runner.pay("debit_clears")
    runner.step("The buyer has ordered a debit. Complete is not paid:")
    runner.deliver()
    runner.sandbox.settle_debit(runner.payment, clears=True)
    runner.step("The bank pays:")
    runner.deliver()
    runner.expect(credits=runner.purchase.credits)


def bank_debit_fails(runner: Runner) -> None:
    """The buyer pays from an empty bank account: credits never come."""
    runner.buy()
    runner.pay("debit_fails")
    runner.step("The buyer has ordered a debit. Complete is not paid:")
    runner.deliver()
    runner.sandbox.settle_debit(runner.payment, clears=False)
    runner.step("The bank does not pay:")
    runner.deliver()
    runner.expect(credits=0, status="failed")


def foreign_event(runner: Runner) -> None:
    """Money comes to the same Stripe account for something else: taken note of, nothing done."""
    _sold(runner)
    runner.someone_elses_payment(2500)
    runner.step(f"Somebody pays {runner.money(2500)} in another shop with the same Stripe account:")
    runner.deliver()
    runner.expect(credits=runner.purchase.credits)


def crash_in_the_middle(runner: Runner) -> None:
    """The database goes away after the grant and before the commit: all or nothing, then all."""
    runner.buy()
    runner.pay()
    runner.step("The buyer has paid, and the connection breaks right before the commit:")
    completed = runner.waiting("checkout.session.completed")
    runner.deliver_and_crash(completed[0])
    runner.step("Nothing was written, so Stripe got no 200 and delivers again:")
    runner.deliver()
    runner.expect(credits=runner.purchase.credits)


def by_amount(runner: Runner) -> None:
    """Somebody chooses how much to pay; a third of it is refunded, rounded in their favour."""
    runner.buy_for_an_amount()
    _refunded_by_a_third(runner)


def three_of_a_plan(runner: Runner) -> None:
    """Somebody takes three of a plan at once; a third is refunded, so one of them goes."""
    runner.buy_several(3)
    _refunded_by_a_third(runner)


def another_currency(runner: Runner) -> None:
    """Somebody pays in another currency than the site's; a third is refunded in that."""
    runner.buy_in_another_currency()
    _refunded_by_a_third(runner)


def _refunded_by_a_third(runner: Runner) -> None:
    runner.pay()
    runner.step("The buyer has paid:")
    runner.deliver()
    third = runner.purchase.amount_subtotal // 3
    runner.sandbox.refund(runner.payment, third)
    runner.step(f"{runner.money(third)} refunded:")
    runner.deliver()
    runner.expect(credits=_left(runner, third))


def _sold(runner: Runner) -> None:
    runner.buy()
    runner.pay()
    runner.step("The buyer has paid:")
    runner.deliver()


def _left(runner: Runner, back: int) -> int:
    """Count what is still paid for; a credit is taken back when all of its price has gone."""
    purchase = runner.purchase
    return purchase.credits - purchase.credits * back // purchase.amount_subtotal


SCENARIOS: Final[Mapping[str, Scenario]] = TOP_UPS | {
    scenario.__name__.replace("_", "-"): scenario
    for scenario in (
        duplicate,
        out_of_order,
        three_partial_refunds,
        refund_fails,
        dispute_won,
        dispute_lost,
        inquiry,
        fraud_refunded,
        fraud_hold,
        bank_debit_clears,
        bank_debit_fails,
        foreign_event,
        crash_in_the_middle,
        tax_on_top,
        tax_inside,
        invoice,
        voucher,
        by_amount,
        three_of_a_plan,
        another_currency,
    )
}
