"""How often something was tried, where trying again and again is guessing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from credits.models.row_names import numbered


class AttemptCount(models.Model):
    """Tries by one person, or from one address, in one hour. It names neither: `attempts`."""

    # HMAC-SHA256 of what is tried and by whom, in hexadecimal.
    subject = models.CharField(_("subject"), max_length=64)
    started_at = models.DateTimeField(_("hour"), db_index=True)
    attempts = models.PositiveIntegerField(_("attempts"))

    class Meta:
        verbose_name = _("attempt count")
        verbose_name_plural = _("attempt counts")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "started_at"], name="attemptcount_hour_once"
            ),
        ]

    def __str__(self) -> str:
        return numbered(self)
