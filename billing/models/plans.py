"""What is on sale: an amount of credits, not what it costs."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# As many as Stripe takes of one line: https://docs.stripe.com/api/checkout/sessions/create.
LARGEST_QUANTITY = 999_999
# A hundred years. A calendar ends, and what is paid for must be granted.
LONGEST_VALIDITY = 36_500


class CreditPlanQuerySet(models.QuerySet["CreditPlan"]):
    def on_sale(self) -> "CreditPlanQuerySet":
        """Plans that can be bought now, in the order of the shop window."""
        return self.filter(is_active=True).order_by("sort_order", "credits", "id")


class CreditPlan(models.Model):
    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True)
    credits = models.BigIntegerField(_("credits"), validators=[MinValueValidator(1)])
    bonus_credits = models.BigIntegerField(
        _("bonus credits"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("Given on top of the credits that are paid for."),
    )
    valid_for_days = models.PositiveIntegerField(
        _("valid for days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_VALIDITY)],
        help_text=_("Empty: the credits never expire."),
    )
    quantity_maximum = models.PositiveIntegerField(
        _("most at once"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(LARGEST_QUANTITY)],
        help_text=_("How many of this plan one purchase may be of. 1: no number is asked for."),
    )
    sort_order = models.IntegerField(_("sort order"), default=0)
    is_active = models.BooleanField(_("on sale"), default=True)
    is_featured = models.BooleanField(
        _("featured"),
        default=False,
        help_text=_(
            "Shown with the label Featured and a frame. Neither its place, which the sort order"
            " says, nor its price changes."
        ),
    )
    allow_promotion_codes = models.BooleanField(_("allow promotion codes"), default=False)
    tax_code = models.CharField(
        _("tax code"),
        max_length=20,
        blank=True,
        default="",
        validators=[RegexValidator(r"^txcd_\d{8}$", _("A tax code is txcd_ and eight digits."))],
        help_text=_(
            "What Stripe finds the tax by, such as txcd_10103001 for software as a service. "
            "Empty: the code of your tax settings at Stripe."
        ),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = CreditPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit plan")
        verbose_name_plural = _("credit plans")
        constraints = [
            models.CheckConstraint(name="plan_credits_positive", condition=Q(credits__gt=0)),
            models.CheckConstraint(
                name="plan_bonus_credits_not_negative", condition=Q(bonus_credits__gte=0)
            ),
            models.CheckConstraint(
                name="plan_valid_for_days_possible",
                condition=Q(valid_for_days__isnull=True)
                | Q(valid_for_days__gte=1, valid_for_days__lte=LONGEST_VALIDITY),
            ),
            models.CheckConstraint(
                name="plan_quantity_maximum_possible",
                condition=Q(quantity_maximum__gte=1, quantity_maximum__lte=LARGEST_QUANTITY),
            ),
            models.CheckConstraint(
                name="plan_tax_code_form",
                condition=Q(tax_code="") | Q(tax_code__regex=r"^txcd_\d{8}$"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def total_credits(self) -> int:
        """What a buyer receives, bonus included."""
        return self.credits + self.bonus_credits
