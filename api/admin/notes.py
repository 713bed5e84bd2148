"""What the log says of keys and webhooks: see `credits.admin.notes`."""

from django.utils.translation import gettext_lazy as _

from credits.admin import notes

notes.add(
    {
        "sent_again": _("Sent again."),
        "key_revoked": _("Revoked."),
        "secret_rolled": _("Rolled the secret."),
    }
)

because = notes.because
code = notes.code
