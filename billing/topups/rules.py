"""A person's rule: switched on with their words; off by them, by staff or by what has happened."""

import logging
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from billing import conf, money, users
from billing.models import (
    Consent,
    Dispute,
    OutgoingMail,
    Payment,
    PlanPrice,
    SavedCard,
    TopUp,
    TopUpRule,
)
from billing.models.prices import PlanPriceQuerySet
from billing.settlement import news
from billing.topups import consents
from billing.topups.consents import Agreed
from billing.topups.terms import RuleError, Terms
from billing.users import Staff, permissions
from credits.models import Account

log = logging.getLogger(__name__)

OffReason = TopUpRule.OffReason
# Reasons of which nobody is mailed: they were there, or are gone.
SILENT = frozenset({OffReason.PERSON, OffReason.ERASED})


class NotOffered(RuleError):
    """There is no automatic top-up on this site, or not for this plan."""


class NoCard(RuleError):
    """There is no saved card to charge."""


def offered(*, currency: str | None = None) -> PlanPriceQuerySet:
    """
    List the prices that can be bought automatically: none where the site does not offer it.

    A plan by amount has no price of its own.

    :param currency: None for the site's own
    """
    prices = PlanPrice.objects.on_sale(
        currency=currency or conf.currency(), livemode=conf.livemode()
    ).filter(amount_minimum=None)
    return prices.select_related("plan") if conf.top_ups() else prices.none()


def of(account: Account) -> TopUpRule | None:
    """Find an account's rule, on or off, in the mode of today."""
    return (
        TopUpRule.objects.select_related("plan_price__plan", "card", "consent")
        .filter(account=account, livemode=conf.livemode())
        .first()
    )


def in_major_unit(rule: TopUpRule) -> Decimal:
    """Give the month's limit as people write it: 30.00."""
    return money.to_decimal(rule.monthly_limit, rule.plan_price.currency)


def card_of(user: AbstractBaseUser) -> SavedCard | None:
    """Find the card that may be charged."""
    return (
        SavedCard.objects.current()
        .filter(
            customer__user_id=user.pk,
            customer__livemode=conf.livemode(),
            customer__found_missing_at=None,
        )
        .select_related("customer")
        .first()
    )


@transaction.atomic
def switch_on(*, user: AbstractBaseUser, terms: Terms, agreed: Agreed) -> TopUpRule:
    """
    Switch a person's rule on, or change it; either is a new consent.

    :raises EmailNotVerified: if their address is not verified now
    :raises NotOffered: if this price cannot be bought automatically, or gives less than was shown
    :raises NoCard: if there is no card to charge
    :raises ImpossibleTerms: if a number is out of its range
    """
    users.require_verified_email(user)
    price = _offered_now(terms.price)
    if price is None:
        raise NotOffered(f"{terms.price} cannot be bought automatically.")
    if not terms.promise.is_kept_by(price.plan):
        raise NotOffered(f"{terms.price.plan} gives less than was shown.")
    terms.check()
    card = card_of(user)
    if card is None:
        raise NoCard(f"User {user.pk} has no saved card.")
    account = Account.objects.for_user(user)
    now = timezone.now()
    consent = consents.record(
        Consent.Kind.TOP_UP, account=account, agreed=agreed, promise=terms.promise, at=now
    )
    rule, _is_new = TopUpRule.objects.update_or_create(
        account=account,
        livemode=conf.livemode(),
        defaults={
            "plan_price": terms.price,
            "card": card,
            "consent": consent,
            "threshold": terms.threshold,
            "monthly_limit": terms.monthly_limit,
            "is_on": True,
            "switched_on_at": now,
            "off_reason": "",
            "switched_off_at": None,
            "switched_off_by": None,
            "off_note": "",
        },
    )
    log.info("topup_switched_on", extra={"rule": rule.pk, "consent": consent.pk})
    return rule


def switch_off_for(user: AbstractBaseUser) -> None:
    """Switch a person's rules off, as they ask. Nothing is charged from then on."""
    for rule in TopUpRule.objects.filter(account__user_id=user.pk, is_on=True):
        switch_off(rule, reason=OffReason.PERSON)


def switch_off_by_staff(rule: TopUpRule, *, by: Staff, note: str) -> TopUpRule:
    """
    Switch somebody's rule off; they are mailed.

    :raises PermissionDenied: if this person may not
    :raises RuleError: if there is no note
    """
    permissions.require(by, permissions.SWITCH_OFF_TOPUP)
    if not note.strip():
        raise RuleError("Switching somebody's top-up off needs a reason.")
    return switch_off(rule, reason=OffReason.STAFF, by=by, note=note)


@transaction.atomic
def switch_off(
    rule: TopUpRule, *, reason: OffReason, by: Staff | None = None, note: str = ""
) -> TopUpRule:
    """Switch a rule off, once; a charge that was not sent yet is called off by its next look."""
    return switch_off_locked(
        TopUpRule.objects.select_for_update().get(pk=rule.pk), reason=reason, by=by, note=note
    )


def switch_off_locked(
    rule: TopUpRule, *, reason: OffReason, by: Staff | None = None, note: str = ""
) -> TopUpRule:
    """Do so where the caller has locked the rule."""
    if not rule.is_on:
        return rule
    rule.is_on = False
    rule.off_reason = reason
    rule.switched_off_at = timezone.now()
    rule.switched_off_by_id = by.pk if by else None
    rule.off_note = note[:255]
    rule.save()
    log.info("topup_switched_off", extra={"rule": rule.pk, "reason": str(reason)})
    if reason not in SILENT:
        news.queue_mail(
            OutgoingMail.Kind.TOPUP_OFF,
            account_id=rule.account_id,
            fact=rule.consent_id,
            rule=rule.pk,
            consent=rule.consent_id,
        )
    return rule


def why_off(rule: TopUpRule) -> OffReason | None:
    """Find what has happened by which a rule must not charge any more, from the facts."""
    if rule.account.user_id is None:
        return OffReason.ERASED
    if rule.card.removed_at is not None or rule.card.customer.found_missing_at is not None:
        return OffReason.CARD_REMOVED
    if _offered_now(rule.plan_price) is None:
        return OffReason.PRICE_CHANGED
    if not consents.promise_of(rule.consent).is_kept_by(rule.plan_price.plan):
        return OffReason.PLAN_CHANGED
    if disputed(rule):
        return OffReason.DISPUTE
    return None


def note_dispute(payment: Payment) -> None:
    """Switch off the rule that charged a payment which is disputed now."""
    topup = TopUp.objects.filter(purchase__payment=payment).select_related("rule").first()
    if topup is not None and topup.rule.consent_id == topup.consent_id:
        switch_off(topup.rule, reason=OffReason.DISPUTE)


def _offered_now(price: PlanPrice) -> PlanPrice | None:
    return offered(currency=price.currency).filter(pk=price.pk).first()


def disputed(rule: TopUpRule) -> bool:
    """Tell whether a bank has asked about a top-up of what is agreed to now."""
    return Dispute.objects.filter(payment__purchase__topup__consent_id=rule.consent_id).exists()
