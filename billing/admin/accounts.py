"""What was bought for an account, among the lists that its page leads to."""

from django.utils.translation import gettext_lazy as _

from billing.models import Purchase
from credits.admin import accounts

accounts.lead_to(Purchase, _("Purchases"))
