"""Cards that people let Stripe keep, and the words with which they agreed."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.customers import Customer
from credits.models import Account
from credits.models.row_names import numbered


class Consent(models.Model):
    """
    What a person agreed to, in the words that they were shown.

    Rows are only added; a trigger refuses to change one, but for the IP address, which goes.
    Stripe wants a record of it: https://docs.stripe.com/payments/save-and-reuse#compliance
    """

    class Kind(models.TextChoices):
        CARD = "card", _("Save a card")
        TOP_UP = "top_up", _("Automatic top-up")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="consents"
    )
    words = models.TextField(_("words"))
    language = models.CharField(_("language"), max_length=32)
    # What a top-up gives by these words: never less is bought by them. Null: they never expire.
    credits = models.BigIntegerField(_("credits"), null=True, blank=True)
    valid_for_days = models.PositiveIntegerField(_("valid for days"), null=True, blank=True)
    # Empty where it is not known, and once it is not needed any more.
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["card", "top_up"]), name="consent_kind_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(words="") & ~models.Q(language=""), name="consent_with_words"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="top_up", credits__isnull=False, credits__gt=0)
                | models.Q(
                    ~models.Q(kind="top_up"), credits__isnull=True, valid_for_days__isnull=True
                ),
                name="consent_to_a_top_up_with_its_credits",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-given_at"], name="consent_of_account"),
            models.Index(
                fields=["given_at"],
                condition=models.Q(ip_address__isnull=False),
                name="consent_with_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"


class SavedCardQuerySet(models.QuerySet["SavedCard"]):
    def current(self) -> Self:
        """Cards that may be charged."""
        return self.filter(removed_at=None)

    def to_detach(self) -> Self:
        """Cards that Stripe may still have, though they were removed here."""
        return self.filter(removed_at__isnull=False, detached_at=None)


class SavedCard(models.Model):
    """A PaymentMethod at Stripe. A customer has one that may be charged, and had others."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="cards"
    )
    stripe_payment_method_id = models.CharField(_("Stripe payment method"), max_length=255)
    # As Stripe shows them; all empty once the person was erased.
    brand = models.CharField(_("brand"), max_length=32, blank=True)
    last4 = models.CharField(_("last digits"), max_length=4, blank=True)
    exp_month = models.PositiveSmallIntegerField(_("month of expiry"), null=True, blank=True)
    exp_year = models.PositiveSmallIntegerField(_("year of expiry"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # When it was removed, here or at Stripe: never charged again.
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    # When Stripe had it no more.
    detached_at = models.DateTimeField(_("detached at"), null=True, blank=True)

    objects = SavedCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved card")
        verbose_name_plural = _("saved cards")
        constraints = [
            models.UniqueConstraint(fields=["stripe_payment_method_id"], name="savedcard_once"),
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(removed_at__isnull=True),
                name="savedcard_one_current_per_customer",
            ),
            models.CheckConstraint(
                condition=models.Q(detached_at__isnull=True) | models.Q(removed_at__isnull=False),
                name="savedcard_detached_is_removed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(removed_at__isnull=False, detached_at__isnull=True),
                name="savedcard_to_detach",
            ),
        ]

    def __str__(self) -> str:
        if not self.last4:
            return self.stripe_payment_method_id
        return f"{self.brand.replace('_', ' ').title()} ···· {self.last4}"


class CardSetupQuerySet(models.QuerySet["CardSetup"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)


class CardSetup(models.Model):
    """One visit to Stripe's page to save a card; committed before Stripe is asked for it."""

    uuid = models.UUIDField(_("UUID"), unique=True, default=uuid4, editable=False)
    consent = models.OneToOneField(
        Consent, verbose_name=_("consent"), on_delete=models.PROTECT, related_name="setup"
    )
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="card_setups"
    )
    livemode = models.BooleanField(_("live mode"))
    stripe_session_id = models.CharField(_("Stripe session"), max_length=255, null=True, blank=True)
    # Stripe said that the page was used; what it saved is asked for next.
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    card = models.OneToOneField(
        SavedCard,
        verbose_name=_("saved card"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="setup",
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # When it had saved a card, or had come to nothing.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = CardSetupQuerySet.as_manager()

    class Meta:
        verbose_name = _("card setup")
        verbose_name_plural = _("card setups")
        constraints = [
            models.UniqueConstraint(fields=["stripe_session_id"], name="cardsetup_session_once"),
            models.CheckConstraint(
                condition=models.Q(card__isnull=True) | models.Q(closed_at__isnull=False),
                name="cardsetup_closed_with_its_card",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(closed_at__isnull=True),
                name="cardsetup_open",
            ),
        ]

    def __str__(self) -> str:
        return numbered(self)
