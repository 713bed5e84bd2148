"""The inbox: every signed event of Stripe's that was meant for us, once."""

from collections.abc import Mapping
from typing import Any, Final, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from billing import wording
from billing.models.payments import Payment
from billing.models.purchases import Purchase
from billing.payloads import object_of


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def finished(self) -> Self:
        """Events of which nothing remains to be done, by anybody."""
        return self.filter(state__in=StripeEvent.FINISHED)

    def thin(self) -> Self:
        """Events that name their object instead of having it: nothing follows from them here."""
        return self.filter(payload__object=StripeEvent.THIN)

    def waiting_for(self, payment_intent_id: str | None) -> Self:
        """Events of a payment that no session has claimed yet."""
        return self.filter(waits_for=payment_intent_id or "-")

    def snapshots(self) -> Self:
        """Events that have their object with them."""
        return self.exclude(payload__object=StripeEvent.THIN)


class StripeEvent(models.Model):
    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        PROCESSED = "processed", _("Processed")
        IGNORED = "ignored", _("Ignored")
        QUARANTINED = "quarantined", _("Quarantined")
        FAILED = "failed", _("Failed")
        RESOLVED = "resolved", _("Resolved by staff")

    class Resolution(models.TextChoices):
        GRANT = "grant", _("Credits granted")
        REFUND = "refund", _("Money sent back")
        DISMISS = "dismiss", _("Dismissed")

    FINISHED: Final = (State.PROCESSED, State.IGNORED, State.RESOLVED)
    # Delivered again, these change nothing.
    TAKEN_IN: Final = (*FINISHED, State.QUARANTINED)
    # What `object` is in a thin event: https://docs.stripe.com/event-destinations#thin-events.
    THIN: Final = "v2.core.event"
    # Not done, and not going to be done by themselves.
    NEEDING_STAFF: Final = (State.QUARANTINED, State.FAILED)

    livemode = models.BooleanField(_("live mode"))
    stripe_event_id = models.CharField(_("Stripe event"), max_length=255)
    type = models.CharField(_("type"), max_length=255)
    api_version = models.CharField(_("API version"), max_length=64, blank=True, default="")
    # Stripe's clock, then ours.
    created_at = models.DateTimeField(_("created at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True)
    payload = models.JSONField(_("payload"))
    # The PaymentIntent whose money it tells of, while no session of ours has claimed that.
    waits_for = models.CharField(_("waits for"), max_length=255, blank=True, default="")
    # When dj-stripe's tables had what it says: the inbox is the queue of `billing.mirror`. Always
    # empty where that is not installed; installed later, it begins with the oldest.
    mirrored_at = models.DateTimeField(_("mirrored at"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=11, choices=State, default=State.RECEIVED)
    # What went wrong, or why it was set aside, for staff.
    error = models.TextField(_("error"), blank=True, default="")
    purchase = models.ForeignKey(
        Purchase,
        verbose_name=_("purchase"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
    )
    payment = models.ForeignKey(
        Payment,
        verbose_name=_("payment"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
    )
    # What staff decided where it had been set aside, and why.
    resolution = models.CharField(
        _("resolution"), max_length=7, choices=Resolution, blank=True, default=""
    )
    resolution_note = models.CharField(_("resolution note"), max_length=255, blank=True, default="")
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("resolved by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="resolved_events",
    )

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")
        constraints = [
            models.UniqueConstraint(
                fields=["livemode", "stripe_event_id"], name="stripeevent_once_per_mode"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "received",
                        "processed",
                        "ignored",
                        "quarantined",
                        "failed",
                        "resolved",
                    ]
                ),
                name="stripeevent_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="resolved",
                    resolution__in=["grant", "refund", "dismiss"],
                    resolved_at__isnull=False,
                    resolved_by__isnull=False,
                )
                & ~models.Q(resolution_note="")
                | ~models.Q(state="resolved")
                & models.Q(
                    resolution="",
                    resolution_note="",
                    resolved_at__isnull=True,
                    resolved_by__isnull=True,
                ),
                name="stripeevent_resolved_with_who_and_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-received_at"],
                condition=models.Q(state__in=["quarantined", "failed"]),
                name="stripeevent_needing_staff",
            ),
            models.Index(fields=["type", "-received_at"], name="stripeevent_by_type"),
            models.Index(
                fields=["waits_for"],
                condition=~models.Q(waits_for=""),
                name="stripeevent_waiting",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(mirrored_at__isnull=True),
                name="stripeevent_to_mirror",
            ),
        ]
        permissions = [("resolve_event", gettext_noop("Can decide on what was set aside"))]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_event_id}"

    @property
    def why(self) -> str:
        """Say in words what `error` keeps."""
        return wording.say(self.error)

    @property
    def object(self) -> Mapping[str, Any]:
        """Stripe's object that it tells of, as it was then; empty where there is none."""
        return object_of(self.payload)
