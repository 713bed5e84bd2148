"""What was mailed to whom, what waits and what failed; no text, which is that of its moment."""

from collections.abc import Mapping
from typing import Final

from django.contrib import admin
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.admin.readonly import ReadOnlyAdmin
from billing.models import OutgoingMail
from credits.admin.columns import AccountColumn, clipped
from credits.admin.links import OfAccount
from credits.admin.searching import by_number

# By the name of the exception that ended an attempt.
WHY: Final[Mapping[str, str | Promise]] = {
    "SMTPRecipientsRefused": _("The mail server refuses the address."),
    "SMTPSenderRefused": _("The mail server refuses the sender."),
    "SMTPDataError": _("The mail server refuses the mail."),
    "SMTPAuthenticationError": _("The mail server refuses this site's password."),
    "SMTPServerDisconnected": _("The mail server hung up."),
    "SMTPConnectError": _("The mail server cannot be reached."),
    "ConnectionRefusedError": _("The mail server cannot be reached."),
    "TimeoutError": _("The mail server did not answer in time."),
    "gaierror": _("The mail server's name was not resolved."),
}


def why(mail: OutgoingMail) -> str:
    """Say in words why a mail could not be sent, with what the row keeps behind them."""
    words = WHY.get(mail.last_error.partition(" ")[0])
    return f"{words} ({mail.last_error})" if words else mail.last_error


@admin.register(OutgoingMail)
class OutgoingMailAdmin(AccountColumn, ReadOnlyAdmin):
    list_display = (
        "id",
        "kind",
        "account_link",
        "status",
        "attempts",
        "short_error",
        "due_at",
        "closed_at",
    )
    list_filter = ("status", "kind", OfAccount)
    list_select_related = ("account__user",)
    finders = (by_number("pk"),)
    account_path = "account"
    search_help_text = _("The number of a mail, or the start of an e-mail address.")
    fields = (
        "account_link",
        "kind",
        "status",
        "attempts",
        "said",
        "created_at",
        "due_at",
        "closed_at",
        "key",
    )
    readonly_fields = ("account_link", "said")

    @admin.display(description=_("last error"))
    def short_error(self, mail: OutgoingMail) -> str:
        return clipped(why(mail), text=True)

    @admin.display(description=_("last error"))
    def said(self, mail: OutgoingMail) -> str:
        return why(mail) or "-"
