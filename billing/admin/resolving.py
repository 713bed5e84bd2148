"""
The page of a quarantined event: what it says, what Stripe says now, and one person's decision.

The decision is one call of a verb of `billing.staff.quarantine`, which takes it once.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import money, refunds
from billing.admin import differences, notes
from billing.admin.links import purchase_link
from billing.admin.raw import pretty
from billing.admin.refunding import outcome
from billing.models import Payment, Purchase, StripeEvent
from billing.staff import quarantine
from billing.staff.advice import Advice, advise
from billing.stripe_gateway import GatewayError
from billing.stripe_gateway.objects import CheckoutSession
from billing.users import permissions
from credits.admin import columns
from credits.admin.deciding import DecisionPage, Done, ReasonForm, Refused
from credits.admin.links import object_link

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

MOST_REPLAYED = 100
Resolution = StripeEvent.Resolution


class ResolutionForm(ReasonForm):
    resolution = forms.ChoiceField(label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    field_order = ("resolution", "reason")

    def __init__(self, data: Any, *, choices: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["resolution"] = forms.ChoiceField(
            label=_("Decision"), choices=choices, widget=forms.RadioSelect
        )
        self.fields["reason"].help_text = _(
            "For your colleagues. Kept with the event, with your name."
        )


class ResolutionPage(DecisionPage):
    name = "resolve"
    permission = permissions.RESOLVE_EVENT
    title = gettext_lazy("Decide")
    template = "admin/billing/stripeevent/resolve.html"

    @classmethod
    def rows(cls, model_admin: "ModelAdmin", request: HttpRequest) -> QuerySet[StripeEvent]:
        related = ("purchase__account__user", "purchase__plan", "payment", "resolved_by")
        return StripeEvent.objects.select_related(*related)

    def impediment(self) -> str:
        return "" if self.row.state == StripeEvent.State.QUARANTINED else _decided(self.row)

    @cached_property
    def compared(self) -> dict[str, Any]:
        """Ask Stripe once a page."""
        return _compared(self.row)

    def form(self) -> ResolutionForm:
        payment = quarantine.payment_of(self.row)
        # Whoever has chosen is answered by the verb, which asks Stripe itself.
        is_asked = self.request.method == "GET"
        why_not = self.compared.get("why_not", "") if is_asked else ""
        choices = _choices(self.row, payment, self.user, may_grant=not why_not)
        recommended = self.advice.resolution if is_asked else None
        explained: list[tuple[str, str]] = [
            (value, _explained(value, label, is_recommended=value == recommended))
            for value, label in choices
        ]
        return ResolutionForm(self.request.POST or None, choices=explained)

    @cached_property
    def advice(self) -> Advice:
        """Weigh what Stripe says now; asked for where the page is looked at."""
        return advise(
            session=self.compared.get("session"),
            purchase=self.row.purchase,
            why_not_grant=self.compared.get("why_not", ""),
            money_left=_money_left(self.row, self.compared.get("session")),
            is_silent="silence" in self.compared,
        )

    def facts(self) -> list[tuple[str, Any]]:
        return _facts(self.row, quarantine.payment_of(self.row))

    def show(
        self, form: forms.Form, *, template: str | None = None, **context: object
    ) -> TemplateResponse:
        payload = pretty(self.row.payload)
        advice = self.advice if self.request.method == "GET" else None
        field: Any = form.fields["resolution"]
        offered = dict(field.choices)
        shown = {
            "payload": payload,
            "advice": advice,
            "is_for_others": advice and advice.resolution and advice.resolution not in offered,
            **self.compared,
            **context,
        }
        return super().show(form, template=template, **shown)

    def decide(self, form: ResolutionForm) -> Done:
        """Call the verb that was chosen."""
        reason = form.cleaned_data["reason"]
        try:
            done = _resolve(self.row, form.cleaned_data["resolution"], reason, self.user)
        except quarantine.AlreadyResolved as error:
            raise Refused(_decided(error.event)) from error
        except quarantine.QuarantineError as error:
            raise Refused(_("Nothing was done. %s") % error) from error
        except GatewayError as error:
            message = _("Nothing was done: Stripe did not tell. It said: %s") % error
            raise Refused(message) from error
        self.row.refresh_from_db()
        decided = self.row.resolution
        decision = notes.code(f"decided_{decided}" if decided else "undecided")
        return done._replace(note=notes.because(reason, decision))


def replay(model_admin: "ModelAdmin", request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
    """Try each of these events again, and say of each how it went."""
    user: Any = request.user  # of whatever model the project has
    for event in events.order_by("pk")[:MOST_REPLAYED]:
        event_id: dict[str, object] = {"event": event.stripe_event_id}
        try:
            state = quarantine.replay(event=event, by=user)
        except quarantine.NotReplayable as error:
            why = event_id | {"why": error}
            messages.warning(request, _("%(event)s was not tried again. %(why)s") % why)
        except PermissionDenied:
            raise
        except Exception as error:  # noqa: BLE001 (any handler's; its row says the same)
            why = event_id | {"why": f"{type(error).__name__}: {error}"[:200]}
            messages.error(request, _("%(event)s failed again. %(why)s") % why)
        else:
            done = event_id | {"state": StripeEvent.State(state).label}
            messages.success(request, _("%(event)s: %(state)s.") % done)
            model_admin.log_change(
                request, event, "\n".join([notes.code("tried_again"), notes.code(f"event_{state}")])
            )


def _choices(
    event: StripeEvent, payment: Payment | None, user: Any, *, may_grant: bool
) -> list[tuple[str, str]]:
    choices = []
    purchase = event.purchase if may_grant else None
    if purchase and not purchase.is_paid and event.type.startswith("checkout.session."):
        label = _("Grant %(credits)s credits") % {"credits": columns.number(purchase.credits)}
        choices.append((Resolution.GRANT.value, label))
    names_payment = payment or event.type.startswith("checkout.session.")
    if names_payment and user.has_perm(permissions.ISSUE_REFUND):
        choices.append((Resolution.REFUND.value, _("Send all the money back")))
    return [*choices, (Resolution.DISMISS.value, _("Dismiss: nothing is to be done"))]


EXPLANATIONS = {
    Resolution.GRANT: gettext_lazy(
        "The buyer gets what was promised, if Stripe still says that it is paid. It can never"
        " happen twice. The money stays here."
    ),
    Resolution.REFUND: gettext_lazy(
        "All that is left of the payment that this event names goes back to the buyer, who gets no"
        " credits for it."
    ),
    Resolution.DISMISS: gettext_lazy(
        "No money and no credits move. The event leaves the queue with your reason."
    ),
}


def _explained(value: str, label: str, *, is_recommended: bool) -> SafeString:
    """Write a choice with what it does, and whether it is the one to take."""
    mark = _mark(_("Recommended")) if is_recommended else ""
    explanation = EXPLANATIONS[Resolution(value)]
    return format_html(
        '<strong>{}</strong> {}<span class="explained">{}</span>', label, mark, explanation
    )


def _mark(text: str) -> SafeString:
    return format_html('<span class="badge good">{}</span>', text)


def _money_left(event: StripeEvent, session: CheckoutSession | None) -> int:
    """Count what could be sent back; a payment that nobody has noted yet is as Stripe says."""
    payment = quarantine.payment_of(event)
    if payment is not None and payment.amount_received:
        return refunds.refundable_of(payment)
    return session.amount_total if session and session.is_paid else 0


def _facts(event: StripeEvent, payment: Payment | None) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = []
    if purchase := event.purchase:
        facts += [
            (_("Purchase"), purchase_link(purchase)),
            (_("By"), columns.holder(purchase.account)),
            (_("Status"), purchase.get_status_display()),
            (_("Promised"), _promise(purchase)),
        ]
    if payment:
        facts.append((_("Payment"), object_link(payment)))
        if payment.currency:
            left = refunds.refundable_of(payment)
            facts.append((_("Not refunded yet"), money.format_money(left, payment.currency)))
    return facts


def _promise(purchase: Purchase) -> str:
    return _("%(credits)s credits for %(price)s") % {
        "credits": columns.number(purchase.credits),
        "price": money.format_money(purchase.amount_subtotal, purchase.currency),
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
    broken = quarantine.differences(session, purchase) if purchase else []
    return {
        "session": session,
        "paid": money.format_money(session.amount_total, session.currency),
        "differences": differences.of(broken, session=session, purchase=purchase)
        if purchase
        else [],
        "why_not": quarantine.why_not_grantable(session, purchase) if purchase else "",
    }


def _resolve(event: StripeEvent, resolution: str, reason: str, user: Any) -> Done:
    match resolution:
        case Resolution.GRANT:
            purchase = quarantine.grant(event=event, reason=reason, by=user)
            credits_ = {"credits": columns.number(purchase.credits)}
            return Done(_("%(credits)s credits were granted.") % credits_)
        case Resolution.REFUND:
            return outcome(quarantine.refund(event=event, reason=reason, by=user))
        case _dismiss:
            quarantine.dismiss(event=event, reason=reason, by=user)
            return Done(_("The event was dismissed."))


def _decided(event: StripeEvent) -> str:
    if event.state != StripeEvent.State.RESOLVED:
        return _("There is nothing to decide: this event is not quarantined.")
    return _("%(who)s decided before: %(what)s. Nothing more was done.") % {
        "who": event.resolved_by,
        "what": event.get_resolution_display(),
    }
