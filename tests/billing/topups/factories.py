"""People with a saved card and a rule, made by the site's own verbs at the sandbox's Stripe."""

from itertools import count

from billing.models import CardSetup, TopUp
from billing.topups import cards, charging, consents, falls, rules
from billing.topups.terms import Terms
from credits import ledger
from credits.models import Account
from tests.credits.factories import make_lot
from tests.people import make_user

_numbers = count(1)


def agree(words="I agree.", ip_address="192.0.2.7"):
    return consents.agreed(words, ip_address=ip_address)


def save_card(shop, user, card="visa"):
    """Save a card on Stripe's page, and write it down here."""
    cards.begin(user=user, agreed=agree(consents.for_card()))
    setup = CardSetup.objects.filter(account__user=user).latest("pk")
    shop.stripe.save_card(setup.stripe_session_id, card)
    return cards.finish(setup)


def terms(plan, *, threshold=50, monthly_limit=3000):
    return Terms.of(plan.prices.get(), threshold=threshold, monthly_limit=monthly_limit)


def switch_on(shop, *, user=None, plan=None, credits=60, card="visa", **numbers):
    """A rule that is on, of somebody with so many credits: below 50 it buys 100 for 10.00 USD."""
    user = user or make_user()
    plan = plan or shop.plan()
    save_card(shop, user, card)
    account = Account.objects.for_user(user)
    if credits:
        make_lot(account=account, credits=credits)
    agreed_terms = terms(plan, **numbers)
    return rules.switch_on(user=user, terms=agreed_terms, agreed=agree(agreed_terms.words()))


def spend(account, credits):
    return ledger.spend(account=account, credits=credits, key=f"spend:{next(_numbers)}")


def queued(shop, *, spent=20, **values):
    """A top-up that waits to be charged: 60 credits were there, and 20 were spent."""
    rule = switch_on(shop, **values)
    spend(rule.account, spent)
    falls.sweep()
    return TopUp.objects.get(rule=rule)


def charged(shop, **values):
    """A top-up that was charged, and of which Stripe has told."""
    topup = queued(shop, **values)
    charging.charge_due()
    shop.deliver()
    topup.refresh_from_db()
    return topup


def change_card(shop, rule, card):
    """Let the saved card behave like another of Stripe's test cards."""
    rule.refresh_from_db()
    shop.stripe.change_card(rule.card.stripe_payment_method_id, card)


def charges(shop):
    """Every charge at Stripe that took money."""
    return shop.stripe.events("charge.succeeded")
