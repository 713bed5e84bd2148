"""The locks of a charge, in the order in which all take them: purchase, rule, charge."""

from billing.models import Purchase, TopUp, TopUpRule


def lock(topup_id: int) -> tuple[TopUp, TopUpRule]:
    """Lock a purchase, its rule and its charge, in the order in which all do."""
    purchase_id, rule_id = TopUp.objects.values_list("purchase_id", "rule_id").get(pk=topup_id)
    purchase = (
        Purchase.objects.select_for_update(of=("self",))
        .select_related("plan_price", "plan", "account")
        .get(pk=purchase_id)
    )
    rule = (
        TopUpRule.objects.select_for_update(of=("self",))
        .select_related("account", "card__customer", "plan_price__plan", "consent")
        .get(pk=rule_id)
    )
    topup = (
        TopUp.objects.select_for_update(of=("self",))
        .select_related("card__customer")
        .get(pk=topup_id)
    )
    topup.purchase = purchase
    return topup, rule
