"""What can happen to a saved card that is charged while its owner is away."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.utils import timezone

from billing import conf, stripe_gateway
from billing.models import CardSetup, TopUp, TopUpRule
from billing.money import format_money, format_number
from billing.topups import cards, charging, consents, falls, rules
from billing.topups.terms import Terms
from credits import ledger
from credits.models import Account, Lot

from .runner import CannotRun, Mismatch, Runner, new_person


def topup(runner: Runner) -> None:
    """A spend takes the balance below the threshold, and the saved card pays for the next plan."""
    story = _Story(runner)
    story.spend_below()
    story.charge("The card is charged:")
    story.expect("paid", is_on=True)


def topup_declined(runner: Runner) -> None:
    """The bank declines three times: after an hour, after a day, then it is switched off."""
    story = _Story(runner, card="chargeCustomerFail")
    story.spend_below()
    for title, later in (
        ("The bank declines:", timedelta()),
        ("An hour later again:", timedelta(hours=1)),
        ("And a day after that:", timedelta(days=1, hours=1)),
    ):
        story.charge(title, later=later + timedelta(minutes=1))
    story.expect("failed", is_on=False)


def topup_needs_authentication(runner: Runner) -> None:
    """The bank wants to ask its customer, who is away: they are mailed to pay by hand."""
    story = _Story(runner, card="authenticationRequired")
    story.spend_below()
    story.charge("The bank wants to ask its customer:")
    story.expect("failed", is_on=True)


def topup_card_expires(runner: Runner) -> None:
    """The saved card has expired by the time it is charged."""
    story = _Story(runner)
    runner.sandbox.change_card(
        story.rule.card.stripe_payment_method_id, "chargeDeclinedExpiredCard"
    )
    story.spend_below()
    story.charge("The card has expired:")
    story.expect("failed", is_on=False)


def topup_lost_answer(runner: Runner) -> None:
    """Stripe charges the card and its answer is lost: it is found again, and not charged twice."""
    story = _Story(runner)
    story.spend_below()
    runner.sandbox.switch(
        api_hang_after_effect=0.01, api_times=1, api_only="POST /v1/payment_intents"
    )
    try:
        story.charge("The card is charged, and the connection breaks before the answer:")
    finally:
        runner.sandbox.switch(api_hang_after_effect=0, api_times=None, api_only="")
    story.charge("A minute later Stripe is asked what became of it:", later=charging.patience())
    story.expect("paid", is_on=True)


def topup_disputed(runner: Runner) -> None:
    """The owner disputes a top-up with their bank: credits go, and nothing more is charged."""
    story = _Story(runner)
    story.spend_below()
    story.charge("The card is charged:")
    runner.sandbox.dispute(str(story.topup().stripe_payment_intent_id))
    runner.step("The bank takes the money back:")
    runner.deliver()
    story.expect("paid", is_on=False)


def topup_card_removed(runner: Runner) -> None:
    """The owner removes the card in Stripe's portal before it is charged."""
    story = _Story(runner)
    story.spend_below()
    runner.step("They remove the card at Stripe:")
    runner.sandbox.detach_card(story.rule.card.stripe_payment_method_id)
    story.charge("Nothing is charged:")
    story.expect("failed", is_on=False)


def topup_switched_off(runner: Runner) -> None:
    """The owner switches it off between the fall and the charge: nothing is charged."""
    story = _Story(runner)
    story.spend_below()
    rules.switch_off_for(story.person)
    runner.step("They switch it off:")
    story.charge("Nothing is charged:")
    story.expect("canceled", is_on=False)


class _Story:
    """Somebody with a saved card, a rule and some credits."""

    def __init__(self, runner: Runner, *, card: str = "visa") -> None:
        if not conf.top_ups():
            raise CannotRun("Automatic top-up is off: set BILLING_TOP_UPS.")
        price = rules.offered().order_by("plan__sort_order", "unit_amount", "id").first()
        if price is None:
            raise CannotRun("No plan is on sale. Run `manage.py seed_demo` first.")
        self.runner = runner
        runner.begin()
        self.person = new_person()
        self.account = Account.objects.for_user(self.person)
        threshold = max(1, price.plan.total_credits // 2)
        ledger.grant(
            account=self.account,
            credits=threshold,
            source=f"play:{self.person.pk}",
            kind=Lot.Kind.PROMOTION,
        )
        self._save_card(card)
        terms = Terms.of(price, threshold=threshold, monthly_limit=price.unit_amount * 3)
        agreed = consents.agreed(terms.words(), ip_address="127.0.0.1")
        self.rule: TopUpRule = rules.switch_on(user=self.person, terms=terms, agreed=agreed)
        runner.step(
            f"Somebody saves a card and agrees: below {format_number(threshold)} credits buy"
            f" {price.plan.name} for {format_money(price.unit_amount, price.currency)}."
        )

    def _save_card(self, card: str) -> None:
        agreed = consents.agreed(consents.for_card(), ip_address="127.0.0.1")
        cards.begin(user=self.person, agreed=agreed)
        setup = CardSetup.objects.get(account=self.account)
        self.runner.sandbox.save_card(str(setup.stripe_session_id), card)
        cards.finish(setup)

    def spend_below(self) -> None:
        """Use one credit, by which the balance falls below the threshold."""
        ledger.spend(account=self.account, credits=1, key=f"play:{self.person.pk}")
        falls.sweep()
        self.runner.follow(self.topup().purchase)
        self.runner.step(f"They use a credit; {format_number(self._balance())} are left.")

    def charge(self, title: str, *, later: timedelta = timedelta()) -> None:
        """Charge what is due by then, and deliver what Stripe tells of it."""
        self.runner.step(title)
        try:
            charging.charge(self.topup().pk, at=timezone.now() + later)
        except stripe_gateway.GatewayUnavailable:
            self.runner.say("   No answer came.")
        found = self.topup()
        if found.stripe_payment_intent_id:
            self.runner.follow(found.purchase, found.stripe_payment_intent_id)
            self.runner.deliver()
        said = found.decline_code or ""
        self.runner.say(f"   The top-up is {found.status}. {said}".rstrip())

    def topup(self) -> TopUp:
        return TopUp.objects.select_related("purchase").get(account=self.account)

    def expect(self, status: str, *, is_on: bool) -> None:
        """
        Compare the end with what it should be.

        :raises Mismatch: if it did not end so
        """
        self.rule.refresh_from_db()
        found = (self.topup().status, self.rule.is_on)
        if found != (status, is_on):
            raise Mismatch(f"It ended with {found}; it should be {(status, is_on)}.")
        off = "on" if self.rule.is_on else f"off ({self.rule.off_reason})"
        balance = format_number(self._balance())
        self.runner.say(
            f"\nAs it should be: the top-up {found[0]}, the rule {off}, {balance} credits."
        )

    def _balance(self) -> int:
        return ledger.balance(self.account)


TOP_UPS: Final[dict[str, Callable[[Runner], None]]] = {
    scenario.__name__.replace("_", "-"): scenario
    for scenario in (
        topup,
        topup_declined,
        topup_needs_authentication,
        topup_card_expires,
        topup_lost_answer,
        topup_disputed,
        topup_card_removed,
        topup_switched_off,
    )
}
