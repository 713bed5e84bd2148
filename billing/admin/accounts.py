"""What was bought for an account, among the lists that its page leads to."""

from django.utils.translation import gettext_lazy as _

from billing.models import Purchase, TopUpRule
from credits.admin import accounts

accounts.lead_to(Purchase, _("Purchases"))
accounts.lead_to(TopUpRule, _("Automatic top-up"))
