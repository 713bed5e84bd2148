"""
The desk's pages: what a quarantined event says, what Stripe says now, and one person's decision.

The decision is one call of a verb of `billing.staff.quarantine`, which takes it once.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import money, refunds
from billing.admin.raw import pretty
from billing.admin.refunding import report
from billing.models import Payment, Purchase, StripeEvent
from billing.staff import quarantine
from billing.stripe_gateway import GatewayError
from credits.admin import columns
from credits.admin.links import object_link, object_url

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

TEMPLATE = "admin/billing/stripeevent/resolve.html"
MOST_REPLAYED = 100
Resolution = StripeEvent.Resolution


class ResolutionForm(forms.Form):
    resolution = forms.ChoiceField(label=gettext_lazy("Decision"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        help_text=gettext_lazy("For your colleagues. Kept with the event, with your name."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, data: Any, *, choices: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["resolution"] = forms.ChoiceField(
            label=_("Decision"), choices=[("", _("Choose")), *choices]
        )
        self.order_fields(["resolution", "reason"])


def page(model_admin: "ModelAdmin", request: HttpRequest, *, event_id: int) -> HttpResponse:
    """
    Show what is known of a quarantined event, or decide on it.

    :raises PermissionDenied: if the person may not decide
    """
    user = request.user
    if not isinstance(user, User) or not user.has_perm(quarantine.PERMISSION):
        raise PermissionDenied
    related = ("purchase__account__user", "purchase__plan", "payment", "resolved_by")
    event = get_object_or_404(StripeEvent.objects.select_related(*related), pk=event_id)
    if event.state != StripeEvent.State.QUARANTINED:
        messages.info(request, _decided(event))
        return HttpResponseRedirect(object_url(event))
    payment = quarantine.payment_of(event)
    form = ResolutionForm(request.POST or None, choices=_choices(event, payment, user))
    if form.is_valid() and _resolve(request, user, event, form):
        event.refresh_from_db()
        shown = f"{event.get_resolution_display() or _('Still undecided')}. "
        model_admin.log_change(request, event, shown + form.cleaned_data["reason"])
        return HttpResponseRedirect(object_url(event))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Decide"),
        "subtitle": str(event),
        "opts": model_admin.opts,
        "event": event,
        "form": form,
        "facts": _facts(event, payment),
        "payload": pretty(event.payload),
        **_compared(event),
    }
    return TemplateResponse(request, TEMPLATE, context)


def replay(model_admin: "ModelAdmin", request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
    """Try each of these events again, and say of each how it went."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    for event in events.order_by("pk")[:MOST_REPLAYED]:
        words: dict[str, object] = {"event": event.stripe_event_id}
        try:
            state = quarantine.replay(event=event, by=user)
        except quarantine.NotReplayable as error:
            why = words | {"why": error}
            messages.warning(request, _("%(event)s was not tried again. %(why)s") % why)
        except PermissionDenied:
            raise
        except Exception as error:  # noqa: BLE001 (any handler's; its row says the same)
            why = words | {"why": f"{type(error).__name__}: {error}"[:200]}
            messages.error(request, _("%(event)s failed again. %(why)s") % why)
        else:
            done = words | {"state": StripeEvent.State(state).label}
            messages.success(request, _("%(event)s: %(state)s.") % done)
            model_admin.log_change(request, event, f"Tried again: {state}")


def _choices(event: StripeEvent, payment: Payment | None, user: User) -> list[tuple[str, str]]:
    choices = []
    purchase = event.purchase
    if purchase and purchase.lot_id is None and event.type.startswith("checkout.session."):
        words = _("Grant %(credits)s credits") % {"credits": columns.number(purchase.credits)}
        choices.append((Resolution.GRANT.value, words))
    names_payment = payment or event.type.startswith("checkout.session.")
    if names_payment and user.has_perm("billing.issue_refund"):
        choices.append((Resolution.REFUND.value, _("Send all the money back")))
    return [*choices, (Resolution.DISMISS.value, _("Dismiss: nothing is to be done"))]


def _facts(event: StripeEvent, payment: Payment | None) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [(_("Why it waits"), event.error)]
    if purchase := event.purchase:
        facts += [
            (_("Purchase"), object_link(purchase, str(purchase.uuid)[:8])),
            (_("By"), columns.holder(purchase.account)),
            (_("Status"), purchase.get_status_display()),
            (_("Promised"), _promise(purchase)),
        ]
    if payment:
        facts.append((_("Payment"), object_link(payment)))
        if payment.currency:
            left = refunds.refundable_of(payment)
            facts.append((_("Still here"), money.format_money(left, payment.currency)))
    return facts


def _promise(purchase: Purchase) -> str:
    return _("%(credits)s credits for %(price)s") % {
        "credits": columns.number(purchase.credits),
        "price": money.format_money(purchase.unit_amount, purchase.currency),
    }


def _compared(event: StripeEvent) -> dict[str, Any]:
    """Ask Stripe, and lay what it says beside what was promised."""
    try:
        session = quarantine.session_of(event)
    except GatewayError as error:
        return {"silence": str(error)}
    if session is None:
        return {}
    purchase = event.purchase
    return {
        "session": session,
        "differences": quarantine.differences(session, purchase) if purchase else [],
    }


def _resolve(request: HttpRequest, user: User, event: StripeEvent, form: ResolutionForm) -> bool:
    """Call the verb that was chosen, and say how it went."""
    reason = form.cleaned_data["reason"]
    try:
        match form.cleaned_data["resolution"]:
            case Resolution.GRANT:
                purchase = quarantine.grant(event=event, reason=reason, by=user)
                words = {"credits": columns.number(purchase.credits)}
                messages.success(request, _("%(credits)s credits were granted.") % words)
            case Resolution.REFUND:
                report(request, quarantine.refund(event=event, reason=reason, by=user))
            case _dismiss:
                quarantine.dismiss(event=event, reason=reason, by=user)
                messages.success(request, _("The event was dismissed."))
    except quarantine.AlreadyResolved as error:
        form.add_error(None, _decided(error.event))
    except quarantine.QuarantineError as error:
        form.add_error(None, _("Nothing was done. %s") % error)
    except GatewayError as error:
        form.add_error(None, _("Nothing was done: Stripe did not tell. It said: %s") % error)
    else:
        return True
    return False


def _decided(event: StripeEvent) -> str:
    if event.state != StripeEvent.State.RESOLVED:
        return _("There is nothing to decide: this event is not quarantined.")
    return _("%(who)s decided before: %(what)s. Nothing more was done.") % {
        "who": event.resolved_by,
        "what": event.get_resolution_display(),
    }
