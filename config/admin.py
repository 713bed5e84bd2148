"""The staff's site of this project: one way to log in, and the Stripe mirror folded away."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing import staff_site
from config import staff_access

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


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

    def admin_view(
        self,
        view: View,
        cacheable: bool = False,  # noqa: FBT001, FBT002 - as Django's own
    ) -> View:
        """Let staff pass who have shown what `staff_access` demands; refuse others on the spot."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if self.has_permission(request):
                return staff_access.demand(request) or inner(request, *args, **kwargs)
            if request.user.is_authenticated:
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return cast("View", update_wrapper(guarded, inner))
