"""allauth's mails: they wait in a table, and not in a request."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.sites.shortcuts import get_current_site

from billing.mails import messages

DAY: Final = timedelta(days=1)


class QueueingAdapter(DefaultAccountAdapter):  # type: ignore[misc] # a class without types
    def send_mail(self, template_prefix: str, email: str, context: Mapping[str, Any]) -> None:
        """Write the mail now, in the language of the page, and leave it to the jobs to send."""
        site = get_current_site(self.request)
        values = {"request": self.request, "email": email, "current_site": site, **context}
        messages.queue(
            self.render_mail(template_prefix, email, values),
            kind=template_prefix.rpartition("/")[2],
            lasts=_code_lasts() if "code" in context else DAY,
        )


def _code_lasts() -> timedelta:
    """Say how long a code is good for: of the kinds, the shortest."""
    return timedelta(
        seconds=min(
            app_settings.LOGIN_BY_CODE_TIMEOUT,
            app_settings.PASSWORD_RESET_BY_CODE_TIMEOUT,
            app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
        )
    )
