"""What can happen to a purchase with tax: on top of its price, inside it, and on an invoice."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from billing import catalog, conf, invoices
from billing.models import CreditPlan

from .runner import CannotRun, Mismatch, Runner

CREDITS, PRICE = 100, 1000
BUYER = {"country": "DE", "name": "Ada GmbH", "tax_id": "DE123456789"}


def tax_on_top(runner: Runner) -> None:
    """Tax comes on top of the price: half of what was paid goes back, with half of the tax."""
    _taxed(runner, "exclusive")


def tax_inside(runner: Runner) -> None:
    """Tax is in the price: half of what was paid goes back, with half of the tax."""
    _taxed(runner, "inclusive")


def invoice(runner: Runner) -> None:
    """Somebody buys for a business, by its tax number: news of the invoice come first."""
    _set_up_tax(runner)
    with _on_sale("exclusive") as plan:
        runner.buy(
            plan=plan,
            BILLING_AUTOMATIC_TAX=True,
            BILLING_TAX_ID_COLLECTION=True,
            BILLING_INVOICE_CREATION=True,
        )
        runner.pay(**BUYER)
        runner.step("The business has paid. The events come last one first:")
        runner.deliver(reversed(runner.waiting()))
    runner.expect(credits=CREDITS)
    found = invoices.current(runner.purchase)
    if found is None or not found.number:
        raise Mismatch("It ended without an invoice.")
    runner.say(f"Invoice {found.number}: {found.page}")


def _taxed(runner: Runner, behavior: str) -> None:
    _set_up_tax(runner)
    with _on_sale(behavior) as plan:
        runner.buy(plan=plan, BILLING_AUTOMATIC_TAX=True)
        runner.pay(country=BUYER["country"])
        runner.step("The buyer has said where they live, and paid:")
        runner.deliver()
    purchase = runner.purchase
    purchase.refresh_from_db()
    net, tax, gross = purchase.amount_net or 0, purchase.amount_tax or 0, purchase.amount_total or 0
    runner.say(f"   {runner.money(net)} net, {runner.money(tax)} tax, {runner.money(gross)} paid.")
    half = gross // 2
    runner.sandbox.refund(runner.payment, half)
    back = runner.money(purchase.tax_in(half))
    runner.step(f"{runner.money(half)} is refunded, of which {back} is tax:")
    runner.deliver()
    runner.expect(credits=CREDITS - CREDITS * half // gross)
    if (purchase.is_tax_on_top, net + tax) != (behavior == "exclusive", gross) or not tax:
        raise Mismatch(f"It ended with {net} net and {tax} tax of {gross}.")


def _set_up_tax(runner: Runner) -> None:
    """Give the sandbox's account a head office and a registration, where it has none."""
    runner.call("/v1/tax/settings", **{"head_office[address][country]": "DE"})
    with suppress(CannotRun):  # registered before
        options = {"country_options[de][type]": "standard"}
        runner.call("/v1/tax/registrations", country="DE", active_from="now", **options)


@contextmanager
def _on_sale(behavior: str) -> Iterator[CreditPlan]:
    """Put a plan on sale for this story alone."""
    plan = CreditPlan.objects.create(
        slug=f"tax-{uuid4().hex[:8]}", name=f"With tax {behavior}", credits=CREDITS
    )
    catalog.set_price(plan=plan, currency=conf.currency(), unit_amount=PRICE, tax_behavior=behavior)
    try:
        yield plan
    finally:
        CreditPlan.objects.filter(pk=plan.pk).update(is_active=False)
