"""An account's page, with what was bought for it."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from billing.models import Purchase
from credits.admin import AccountAdmin
from credits.admin.links import list_link
from credits.models import Account

admin.site.unregister(Account)


@admin.register(Account)
class BuyerAdmin(AccountAdmin):
    def related_lists(self, account: Account) -> list[str]:
        purchases = list_link(Purchase, _("Purchases"), account__id__exact=account.pk)
        return [*super().related_lists(account), purchases]
