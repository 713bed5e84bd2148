"""The plays. A play's docstring is what `--list` shows of it."""

from collections.abc import Callable, Mapping
from typing import Final

from .runner import Stage

Play = Callable[[Stage], None]


def duplicate(stage: Stage) -> None:
    """Stripe delivers every event five times; the credits come once."""
    stage.buy()
    stage.pay()
    stage.step("The buyer has paid. Every event comes five times:")
    for event in stage.waiting():
        stage.deliver([event] * 5)
    stage.expect(credits=stage.purchase.credits)


def out_of_order(stage: Stage) -> None:
    """Half of it is refunded, and all events come in reverse: the refund before the payment."""
    stage.buy()
    stage.pay()
    half = stage.purchase.unit_amount // 2
    stage.sandbox.refund(stage.payment, half)
    stage.step(f"Paid, and {stage.money(half)} refunded. The events come last one first:")
    stage.deliver(reversed(stage.waiting()))
    stage.expect(credits=_left(stage, half))


def three_partial_refunds(stage: Stage) -> None:
    """Three refunds that together are everything; no credit is lost to rounding on the way."""
    _sold(stage)
    price = stage.purchase.unit_amount
    back = 0
    for part in (price // 3, price // 3, price - 2 * (price // 3)):
        stage.sandbox.refund(stage.payment, part)
        back += part
        stage.step(f"{stage.money(part)} refunded, {stage.money(back)} so far:")
        stage.deliver()
    stage.expect(credits=0)


def refund_fails(stage: Stage) -> None:
    """A refund succeeds, the credits go; days later the bank returns it, and they come back."""
    _sold(stage)
    refund = stage.sandbox.refund(stage.payment, status="succeeded", becomes="failed")
    stage.step("All of it is refunded:")
    stage.deliver()
    stage.sandbox.settle_refund(refund["id"], "failed")
    stage.step("The bank cannot credit the card, and the refund fails after all:")
    stage.deliver()
    stage.expect(credits=stage.purchase.credits)


def dispute_won(stage: Stage) -> None:
    """The buyer disputes the payment, and loses: credits go and come back."""
    _sold(stage)
    dispute = stage.sandbox.dispute(stage.payment)
    stage.step("The buyer's bank takes the money back:")
    stage.deliver()
    stage.sandbox.win(dispute["id"])
    stage.step("The dispute is won:")
    stage.deliver()
    stage.expect(credits=stage.purchase.credits)


def dispute_lost(stage: Stage) -> None:
    """The buyer spends some credits, disputes the payment, and wins: a shortfall is left."""
    _sold(stage)
    spent = stage.purchase.credits // 5
    stage.step(f"The buyer spends {spent} credits:")
    stage.spend(spent)
    dispute = stage.sandbox.dispute(stage.payment)
    stage.step("The buyer's bank takes the money back:")
    stage.deliver()
    stage.sandbox.lose(dispute["id"])
    stage.step("The dispute is lost:")
    stage.deliver()
    stage.expect(credits=0, shortfall=spent)


def inquiry(stage: Stage) -> None:
    """The buyer's bank only asks: no money moves, and no credits."""
    _sold(stage)
    dispute = stage.sandbox.dispute(stage.payment, inquiry=True)
    stage.step("The bank asks:")
    stage.deliver()
    stage.sandbox.win(dispute["id"])
    stage.step("The bank is content:")
    stage.deliver()
    stage.expect(credits=stage.purchase.credits)


def bank_debit_clears(stage: Stage) -> None:
    """The buyer pays from a bank account: credits come when the bank has paid, days later."""
    stage.buy()
    stage.pay("debit_clears")
    stage.step("The buyer has ordered a debit. Complete is not paid:")
    stage.deliver()
    stage.sandbox.settle_debit(stage.payment, clears=True)
    stage.step("The bank pays:")
    stage.deliver()
    stage.expect(credits=stage.purchase.credits)


def bank_debit_fails(stage: Stage) -> None:
    """The buyer pays from an empty bank account: credits never come."""
    stage.buy()
    stage.pay("debit_fails")
    stage.step("The buyer has ordered a debit. Complete is not paid:")
    stage.deliver()
    stage.sandbox.settle_debit(stage.payment, clears=False)
    stage.step("The bank does not pay:")
    stage.deliver()
    stage.expect(credits=0, status="failed")


def foreign_event(stage: Stage) -> None:
    """Money comes to the same Stripe account for something else: taken note of, nothing done."""
    _sold(stage)
    stage.someone_elses_payment(2500)
    stage.step(f"Somebody pays {stage.money(2500)} in another shop with the same Stripe account:")
    stage.deliver()
    stage.expect(credits=stage.purchase.credits)


def crash_in_the_middle(stage: Stage) -> None:
    """The database goes away after the grant and before the commit: all or nothing, then all."""
    stage.buy()
    stage.pay()
    stage.step("The buyer has paid, and the connection breaks right before the commit:")
    completed = stage.waiting("checkout.session.completed")
    stage.deliver_and_crash(completed[0])
    stage.step("Nothing was written, so Stripe got no 200 and delivers again:")
    stage.deliver()
    stage.expect(credits=stage.purchase.credits)


def _sold(stage: Stage) -> None:
    stage.buy()
    stage.pay()
    stage.step("The buyer has paid:")
    stage.deliver()


def _left(stage: Stage, back: int) -> int:
    """Count what is still paid for; a credit is taken back when all of its price has gone."""
    purchase = stage.purchase
    return purchase.credits - purchase.credits * back // purchase.unit_amount


PLAYS: Final[Mapping[str, Play]] = {
    play.__name__.replace("_", "-"): play
    for play in (
        duplicate,
        out_of_order,
        three_partial_refunds,
        refund_fails,
        dispute_won,
        dispute_lost,
        inquiry,
        bank_debit_clears,
        bank_debit_fails,
        foreign_event,
        crash_in_the_middle,
    )
}
