"""What was bought for an account: among the lists that its page leads to, and behind its lots."""

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing.admin.links import purchase_link
from billing.models import Purchase, TopUpRule, VoucherRedemption
from billing.views import reasons
from credits.admin import accounts, sources
from credits.admin.links import object_link

accounts.lead_to(Purchase, _("Purchases"))
accounts.lead_to(TopUpRule, _("Automatic top-up"))


def _purchases(found: list[str]) -> Mapping[str, str]:
    numbers = {UUID(source.partition(":")[2]): source for source in found}
    bought = Purchase.objects.filter(uuid__in=numbers)
    return {numbers[purchase.uuid]: purchase_link(purchase) for purchase in bought}


def _vouchers(found: list[str]) -> Mapping[str, str]:
    redeemed = VoucherRedemption.objects.filter(lot__source__in=found)
    return {
        redemption.lot.source: object_link(redemption, redemption.voucher.batch.name)
        for redemption in redeemed.select_related("lot", "voucher__batch")
    }


sources.register("purchase", _purchases)
sources.register("voucher", _vouchers)
sources.register_causes(reasons.causes)
