"""Who has asked to be erased, and when that is to be done."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from credits.models.row_names import numbered


class ErasureRequest(models.Model):
    """A person's wish to be taken out. Gone when they take it back, and with the person."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="billing_erasure_request",
    )
    requested_at = models.DateTimeField(_("requested at"))
    due_at = models.DateTimeField(_("due at"), db_index=True)

    class Meta:
        verbose_name = _("request to be erased")
        verbose_name_plural = _("requests to be erased")
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gte=F("requested_at")),
                name="erasure_request_due_after_it_was_made",
            )
        ]

    def __str__(self) -> str:
        return numbered(self)
