"""What the log says of plans, refunds, events and vouchers: see `credits.admin.notes`."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Refund, StripeEvent
from credits.admin import notes

notes.add(
    {
        "price_published": _("Published %(price)s."),
        "price_withdrawn": _("Took %(price)s off sale."),
        "for_sale_again": _("For sale again: %(prices)s."),
        "off_sale": _("Taken off sale."),
        "refund_of": _("Refund %(id)s of %(amount)s."),
        "tried_again": _("Tried again."),
        "undecided": format_lazy("{}:", _("Still undecided")),
        "warning_dismissed": _("Dismissed."),
        "wrote_off": _("Wrote off %(credits)s credits."),
        "codes_exported": _("Exported codes: %(count)s."),
        **{
            f"refund_{status}": format_lazy("{}:", label) for status, label in Refund.Status.choices
        },
        **{
            f"decided_{value}": format_lazy("{}:", label)
            for value, label in StripeEvent.Resolution.choices
        },
        **{f"event_{state}": label for state, label in StripeEvent.State.choices},
    }
)

because = notes.because
code = notes.code
