"""What users would have, besides their credits."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Preferences(models.Model):
    """How billing writes to a user. Gone with the user, and when the person is erased."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="billing_preferences",
    )
    # A code of `LANGUAGES`: the one in which they last read a page.
    language = models.CharField(_("language"), max_length=32)

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return self.language
