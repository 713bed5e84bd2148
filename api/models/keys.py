"""Keys that services speak to the API with."""

from datetime import datetime
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from credits.models import Account


class Scope(models.TextChoices):
    """What a key may do."""

    READ = "read", _("read")
    SPEND = "spend", _("spend and give back")
    HOLD = "hold", _("hold, capture and release")
    GRANT = "grant", _("grant")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self, *, at: datetime) -> "ApiKeyQuerySet":
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), revoked_at=None)


class ApiKey(models.Model):
    """
    A key, of which only the digest is kept: `ck_<prefix>_<secret>`.

    It is never deleted, for the ledger's transactions name it as `key:<id>`.
    """

    LONGEST_CLIENT: Final = 32

    # What people call it, such as "Render farm, Frankfurt".
    name = models.CharField(_("name"), max_length=100)
    # Whose operations a repeated Idempotency-Key is looked for among: keys of one client can take
    # over from one another, and two clients never meet.
    client = models.SlugField(
        _("client"),
        max_length=LONGEST_CLIENT,
        db_index=False,
        help_text=_(
            "The service that uses it. Keys of the same client share their Idempotency-Keys, so"
            " that a new key can take over from an old one."
        ),
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="api_keys",
        help_text=_("Empty: every account."),
    )
    scopes = ArrayField(
        models.CharField(max_length=16, choices=Scope.choices), verbose_name=_("scopes")
    )
    # The part of the key that is no secret: it is found and recognised by it.
    prefix = models.CharField(_("prefix"), max_length=12, unique=True)
    # SHA-256 of the secret part, in hexadecimal.
    digest = models.CharField(_("digest"), max_length=64)
    created_at = models.DateTimeField(_("created at"))
    # `staff:12`, `user:7`.
    created_by = models.CharField(_("created by"), max_length=64)
    # To the minute.
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    expires_at = models.DateTimeField(
        _("expires at"), null=True, blank=True, help_text=_("Empty: never.")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=64, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(
                name="api_key_scopes_known",
                condition=Q(scopes__contained_by=Scope.values, scopes__len__gt=0),
            ),
            models.CheckConstraint(
                name="api_key_kept_as_a_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="api_key_prefix_is_short", condition=Q(prefix__regex=r"^[0-9a-f]{12}$")
            ),
            models.CheckConstraint(
                name="api_key_client_named", condition=Q(client__regex=r"^[-a-zA-Z0-9_]+$")
            ),
            models.CheckConstraint(
                name="api_key_expires_after_it_was_made",
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
            ),
            models.CheckConstraint(
                name="api_key_revoked_by_somebody",
                condition=Q(revoked_at__isnull=True, revoked_by="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (ck_{self.prefix}_…)"

    @property
    def is_usable(self) -> bool:
        """Tell whether it opens anything now."""
        return self.revoked_at is None and (
            self.expires_at is None or self.expires_at > timezone.now()
        )
