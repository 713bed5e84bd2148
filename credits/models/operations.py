"""What a host charges for, and what it costs: a price list that staff edit."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.limits import LISTED_OPERATION, MAX_CREDITS, MAX_SLUG_LENGTH

SLUG = rf"^{LISTED_OPERATION}\Z"


class OperationQuerySet(models.QuerySet["Operation"]):
    def names(self) -> dict[str, str]:
        """Map the slug of each operation to its name."""
        return dict(self.values_list("slug", "name"))


class Operation(models.Model):
    """
    Something that costs credits.

    Code and transactions name it by its slug, which therefore stays; the price may change at any
    time and touches nothing that was charged.
    """

    slug = models.CharField(
        _("slug"),
        max_length=MAX_SLUG_LENGTH,
        validators=[RegexValidator(SLUG, _("Small letters, digits, and . _ - between them."))],
        help_text=_("What your code calls it, such as image.large. It cannot be changed later."),
    )
    name = models.CharField(
        _("name"), max_length=100, help_text=_("What customers read in their history.")
    )
    # Credits.
    base = models.BigIntegerField(
        _("credits for each use"),
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(MAX_CREDITS)],
    )
    # Credits, exact to a millionth; what a use comes to is rounded up.
    per_unit = models.DecimalField(
        _("credits for each unit"),
        max_digits=19,
        decimal_places=6,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text=_("On top. What one use comes to is rounded up to whole credits."),
    )
    unit = models.CharField(
        _("unit"),
        max_length=50,
        blank=True,
        help_text=_("What is counted, such as minute. Empty where nothing is."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("An operation that is not active cannot be charged for, nor done."),
    )

    objects = OperationQuerySet.as_manager()

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        constraints = [
            models.UniqueConstraint(name="operation_slug_once", fields=["slug"]),
            models.CheckConstraint(name="operation_slug_is_a_word", condition=Q(slug__regex=SLUG)),
            models.CheckConstraint(name="operation_base_not_negative", condition=Q(base__gte=0)),
            models.CheckConstraint(
                name="operation_per_unit_not_negative", condition=Q(per_unit__gte=0)
            ),
            models.CheckConstraint(
                name="operation_per_unit_names_its_unit",
                condition=Q(per_unit=0) | ~Q(unit=""),
                violation_error_message=_("Say what a unit is: credits for each need one."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
