"""The staff's site of this project: one way to log in, and the Stripe mirror folded away."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing import staff_site


class StaffSite(staff_site.StaffSite):
    site_title = format_lazy("{} · {}", settings.SITE_NAME, _("Staff"))
    site_header = site_title

    sections = {
        **staff_site.StaffSite.sections,
        "auth": _("People"),
        "account": _("E-mail addresses"),
    }
    folded = {
        "djstripe": _("Stripe mirror"),
        "procrastinate": _("Background jobs"),
    }

    # One way to log in: with the rate limits, the verified address and the second factor of the
    # site's own page.
    @method_decorator(secure_admin_login)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().login(request, extra_context)
