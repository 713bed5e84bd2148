"""What staff decide about a webhook endpoint: a new secret, a test, on or off, no more pause."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.admin import notes
from api.models import WebhookDelivery, WebhookEndpoint
from api.outgoing import delivering, recording, switching
from credits.admin import columns
from credits.admin.deciding import DecisionPage, Done, ReasonForm

if TYPE_CHECKING:
    from api.admin.endpoints import WebhookEndpointAdmin


class _EndpointPage(DecisionPage):
    permission = "api.change_webhookendpoint"
    row: WebhookEndpoint

    def facts(self) -> list[tuple[str, Any]]:
        waiting = WebhookDelivery.objects.waiting().filter(endpoint=self.row).count()
        return [
            (_("Address"), self.row.url),
            (_("Deliveries that wait"), columns.number(waiting)),
        ]

    def form(self) -> forms.Form:
        return forms.Form(self.request.POST if self.request.method == "POST" else None)


class RollForm(forms.Form):
    hours = forms.TypedChoiceField(
        label=gettext_lazy("The old secret"),
        coerce=int,
        choices=[
            (24, gettext_lazy("signs as well for a day")),
            (24 * 7, gettext_lazy("signs as well for a week")),
            (0, gettext_lazy("ends now: it has leaked")),
        ],
    )


class RollSecretPage(_EndpointPage):
    name = "roll-secret"
    title = gettext_lazy("Roll the secret")

    def form(self) -> RollForm:
        return RollForm(self.request.POST or None)

    def consequences(self) -> list[str]:
        return [
            _("Each delivery is signed with both secrets until the old one ends."),
            _("The new secret is shown once."),
        ]

    def respond(self) -> HttpResponse:
        form = self.form()
        if not form.is_valid():
            return self.show(form)
        endpoint = switching.roll_secret(
            self.row, both_good_for=timedelta(hours=form.cleaned_data["hours"])
        )
        self.model_admin.log_change(self.request, endpoint, notes.code("secret_rolled"))
        return cast("WebhookEndpointAdmin", self.model_admin).show_secret(self.request, endpoint)


class TestPage(_EndpointPage):
    name = "test"
    title = gettext_lazy("Send a test")

    def impediment(self) -> str:
        return "" if self.row.is_active else _("The endpoint is switched off.")

    def consequences(self) -> list[str]:
        return [_("An event of type webhook.test is delivered. It tells of nothing.")]

    def decide(self, form: Any) -> Done:
        recording.write_test(self.row)
        return Done(_("The test is on its way. Its delivery shows what came back."))


class TryNowPage(_EndpointPage):
    name = "try-now"
    title = gettext_lazy("Try now")

    def impediment(self) -> str:
        return "" if self.row.is_active else _("The endpoint is switched off.")

    def consequences(self) -> list[str]:
        return [_("All that waits for its next attempt is tried at once.")]

    def decide(self, form: Any) -> Done:
        delivering.try_now(self.row)
        return Done(_("What waits is being delivered."))


class SwitchOffPage(_EndpointPage):
    name = "switch-off"
    title = gettext_lazy("Switch off")

    def impediment(self) -> str:
        return "" if self.row.is_active else _("The endpoint is switched off.")

    def form(self) -> ReasonForm:
        return ReasonForm(self.request.POST or None)

    def consequences(self) -> list[str]:
        return [
            _("Nothing is sent there any more, and what happens from now on is not told to it."),
        ]

    def decide(self, form: Any) -> Done:
        reason = form.cleaned_data["reason"]
        with transaction.atomic():
            row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=self.row.pk)
            switching.off(row, because=reason, at=timezone.now(), tell=False)
        note = notes.because(reason, notes.code("switched_off"))
        return Done(_("Switched off."), note=note, level=messages.WARNING)


class SwitchOnPage(_EndpointPage):
    name = "switch-on"
    title = gettext_lazy("Switch on")

    def impediment(self) -> str:
        return _("The endpoint is switched on.") if self.row.is_active else ""

    def facts(self) -> list[tuple[str, Any]]:
        return [*super().facts(), (_("Switched off because"), self.row.why_off)]

    def consequences(self) -> list[str]:
        return [
            _("What waits is delivered at once."),
            _("What happened while it was switched off is not told to it."),
        ]

    def decide(self, form: Any) -> Done:
        switching.on(self.row)
        return Done(_("Switched on."), note=notes.code("switched_on"))


PAGES: Final = (RollSecretPage, TestPage, TryNowPage, SwitchOffPage, SwitchOnPage)
