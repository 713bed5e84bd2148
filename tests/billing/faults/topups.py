"""Faults in automatic top-up: money that is charged twice, too much, or after somebody said no."""

from tests.mutants.fault import Fault

FALLS = "billing/topups/test_falls.py"
CHARGING = "billing/topups/test_charging.py"
CARDS = "billing/topups/test_cards.py"
RULES = "billing/topups/test_rules.py"

FAULTS = (
    # Who has fallen
    Fault(
        "a balance at its threshold counts as fallen",
        "billing/topups/falls.py",
        "if ledger.balance(rule.account, at) >= rule.threshold or",
        "if ledger.balance(rule.account, at) > rule.threshold or",
        f"{FALLS}::TestSweep",
    ),
    Fault(
        "one fall queues again and again",
        "billing/topups/falls.py",
        "    if last is not None and not _recovered_since(last, threshold=rule.threshold):\n"
        "        return None\n",
        "",
        f"{FALLS}::TestSweep",
    ),
    Fault(
        "a rise that nobody saw is forgotten",
        "billing/topups/falls.py",
        "account=last.account_id, seq__gt=last.seq, balance_after__gte=threshold",
        "account=last.account_id, seq__lt=last.seq, balance_after__gte=threshold",
        f"{FALLS}::TestSweep",
    ),
    Fault(
        "a rule that is off queues",
        "billing/topups/falls.py",
        "if not rule.is_on or TopUp",
        "if TopUp",
        f"{FALLS}::TestSweep {CHARGING}::TestSwitchedOff",
    ),
    Fault(
        "what has expired still counts",
        "billing/topups/falls.py",
        'below = Q(account__balance__lt=F("threshold")) | Q(account__next_expiry_at__lte=at)',
        'below = Q(account__balance__lt=F("threshold"))',
        f"{FALLS}::TestSweep",
    ),
    Fault(
        "every spend asks the database for rules",
        "billing/topups/falls.py",
        "    if transaction.balance_after >= _thresholds.highest():\n        return\n",
        "",
        f"{FALLS}::TestReact",
    ),
    Fault(
        "a plan that gives less is bought without asking",
        "billing/topups/rules.py",
        "if not consents.promise_of(rule.consent).is_kept_by(rule.plan_price.plan):",
        "if False:",
        f"{FALLS}::TestSweep {CHARGING}::TestSwitchedOff",
    ),
    Fault(
        "a shorter validity counts as the same",
        "billing/topups/terms.py",
        "and plan.valid_for_days >= self.valid_for_days",
        "and plan.valid_for_days > 0",
        f"{CHARGING}::TestSwitchedOff",
    ),
    # The month
    Fault(
        "a month has no limit",
        "billing/topups/months.py",
        "monthly_limit = greatest(EXCLUDED.monthly_limit, billing_topupmonth.charged)",
        "monthly_limit = 9223372036854775807",
        f"{FALLS}::TestSweep billing/topups/test_races.py::TestMonth",
    ),
    Fault(
        "what was not charged stays in the month",
        "billing/topups/months.py",
        'update(charged=F("charged") - purchase.unit_amount)',
        'update(charged=F("charged"))',
        f"{CHARGING}::TestDecline",
    ),
    Fault(
        "a retry counts in the month in which it was queued",
        "billing/topups/charging.py",
        "    if month == topup.month:\n        return True\n",
        "    return True\n",
        f"{CHARGING}::TestNextMonth",
    ),
    # The charge
    Fault(
        "a charge that is not due is made",
        "billing/topups/charging.py",
        "if not topup.is_open or topup.due_at > at:",
        "if not topup.is_open:",
        f"{CHARGING}::TestLostAnswer",
    ),
    Fault(
        "a rule that is off is charged",
        "billing/topups/charging.py",
        '    if not rule.is_on:\n        return "off"\n',
        "",
        f"{CHARGING}::TestSwitchedOff",
    ),
    Fault(
        "a balance that has risen meanwhile is topped up",
        "billing/topups/charging.py",
        "if reason or not _is_below(rule, at=at) or not",
        "if reason or not",
        f"{CHARGING}::TestRisenMeanwhile",
    ),
    Fault(
        "what was agreed to before is charged after another consent",
        "billing/topups/charging.py",
        '    if rule.consent_id != topup.consent_id:\n        return "agreed anew"\n',
        "",
        f"{CHARGING}::TestSwitchedOff",
    ),
    Fault(
        "a lost answer is asked for again without looking",
        "billing/topups/charging.py",
        "known = _find(attempt) if attempt.is_unanswered else None",
        "known = None",
        f"{CHARGING}::TestLostAnswer",
    ),
    Fault(
        "a lost answer is charged after the rule was switched off",
        "billing/topups/charging.py",
        "if not attempt.may_charge or (",
        "if (",
        f"{CHARGING}::TestLostAnswer",
    ),
    Fault(
        "each attempt is a payment of its own",
        "billing/topups/charging.py",
        "    if attempt.payment_intent_id:\n        return stripe_gateway.charge_again(",
        "    if False:\n        return stripe_gateway.charge_again(",
        f"{CHARGING}::TestDecline",
    ),
    Fault(
        "a wrong key switches everybody's rule off",
        "billing/topups/charging.py",
        "    except stripe_gateway.GatewayDenied:\n        raise\n",
        "",
        f"{CHARGING}::TestCharge",
    ),
    Fault(
        "another key charges a lost answer twice",
        "billing/stripe_gateway/charges.py",
        'options={"idempotency_key": f"topup:{new.purchase_uuid}"}',
        'options={"idempotency_key": f"topup:{id(new)}"}',
        f"{CHARGING}::TestCharge",
    ),
    # What follows from a no
    Fault(
        "a declined card is tried at once",
        "billing/topups/outcomes.py",
        "topup.due_at = at + PAUSES[topup.attempts - 1]",
        "topup.due_at = at",
        f"{CHARGING}::TestDecline",
    ),
    Fault(
        "a declined card is tried for ever",
        "billing/topups/outcomes.py",
        "if decline.is_final or topup.attempts > len(PAUSES):",
        "if decline.is_final or topup.attempts > 99:",
        f"{CHARGING}::TestDecline",
    ),
    Fault(
        "a final decline is tried again",
        "billing/topups/outcomes.py",
        "if decline.is_final or topup",
        "if topup",
        f"{CHARGING}::TestDecline",
    ),
    Fault(
        "an expired card is tried again",
        "billing/topups/outcomes.py",
        "    if decline.has_expired:\n",
        "    if False:\n",
        f"{CHARGING}::TestDecline",
    ),
    Fault(
        "a bank that wants to ask counts as a decline",
        "billing/topups/outcomes.py",
        "    if decline.needs_customer:\n",
        "    if False:\n",
        f"{CHARGING}::TestAuthentication",
    ),
    Fault(
        "what was given up stays open at Stripe",
        "billing/topups/charging.py",
        "    if payment_intent_id is None:\n        return\n",
        "    return\n",
        f"{CHARGING}::TestDecline",
    ),
    # What was paid
    Fault(
        "a charge of another amount is granted",
        "billing/topups/fulfilling.py",
        '        ("amount_received", purchase.amount_subtotal, intent.amount_received),\n',
        "",
        "billing/topups/test_fulfilling.py",
    ),
    Fault(
        "another customer's payment is granted",
        "billing/topups/fulfilling.py",
        "elif user_id is not None and not _is_customer(intent, user_id):",
        "elif False:",
        "billing/topups/test_fulfilling.py",
    ),
    Fault(
        "one payment pays for two top-ups",
        "billing/topups/fulfilling.py",
        "if purchase.is_paid and purchase.payment_id != payment.pk:",
        "if False:",
        "billing/topups/test_fulfilling.py",
    ),
    Fault(
        "a payment that contradicts is counted in the month at every look",
        "billing/topups/fulfilling.py",
        "    if not topup.is_counted:\n",
        "    if not topup.is_open:\n",
        "billing/topups/test_fulfilling.py::TestContradictions",
    ),
    # Cards and rules
    Fault(
        "a card that was removed is charged until Stripe has heard of it",
        "billing/topups/cards.py",
        "    charging = TopUpRule.objects.select_for_update().filter(card__in=cards, is_on=True)\n",
        "    charging = TopUpRule.objects.none()\n",
        f"{CARDS}::TestRemove",
    ),
    Fault(
        "the card of somebody else is saved",
        "billing/topups/cards.py",
        "            user__credit_account=setup.account_id,\n",
        "",
        f"{CARDS}::TestFinish",
    ),
    Fault(
        "pages that save cards are opened without end",
        "billing/topups/cards.py",
        "    if lately.count() >= conf.checkouts_per_hour():\n        raise TooManySetups\n",
        "",
        f"{CARDS}::TestBegin",
    ),
    Fault(
        "a dispute of a top-up leaves it on",
        "billing/topups/rules.py",
        "    if disputed(rule):\n        return OffReason.DISPUTE\n",
        "",
        f"{CHARGING}::TestDispute",
    ),
    Fault(
        "a limit below the price is taken",
        "billing/topups/terms.py",
        "if not least <= self.monthly_limit <= most:",
        "if not self.monthly_limit <= most:",
        f"{RULES}::TestSwitchOn",
    ),
    Fault(
        "a threshold that one top-up does not reach is taken",
        "billing/topups/terms.py",
        "if not 0 < self.threshold <= credits:",
        "if not 0 < self.threshold:",
        f"{RULES}::TestSwitchOn",
    ),
    Fault(
        "an erased person's address stays with their consent",
        "billing/topups/forgetting.py",
        "        .exclude(ip_address=None)\n        .update(ip_address=None),\n",
        "        .exclude(ip_address=None)\n        .count(),\n",
        "billing/topups/test_forgetting.py::TestErase",
    ),
    Fault(
        "a card of an erased person stays at Stripe",
        "billing/privacy/erasure.py",
        "    forgetting.detach_at_stripe(user)\n",
        "",
        "billing/topups/test_forgetting.py::TestErase",
    ),
)
