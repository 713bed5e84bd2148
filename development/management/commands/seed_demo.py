"""Plans to buy and people to log in as, for a laptop. Running it again changes nothing."""

from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.db import transaction

from billing import catalog, conf, stripe_gateway, vouchers
from billing.management.base import StripeCommand
from billing.models import CreditPlan, PlanPrice, VoucherBatch
from credits.management.base import AWAY


@dataclass(frozen=True, kw_only=True)
class Demo:
    slug: str
    name: str
    description: str
    credits: int
    unit_amount: int  # smallest unit of BILLING_CURRENCY, and of the second currency
    amounts: catalog.Amounts | None = None
    quantity_maximum: int = 1
    bonus_credits: int = 0
    valid_for_days: int | None = None
    is_featured: bool = False


PLANS = (
    Demo(
        slug="starter",
        name="Starter",
        description="A first taste, for small jobs.",
        credits=100,
        unit_amount=999,
    ),
    Demo(
        slug="studio",
        name="Studio",
        description="For people who work with it every day.",
        credits=500,
        bonus_credits=75,
        unit_amount=3900,
        quantity_maximum=5,
        is_featured=True,
    ),
    Demo(
        slug="season",
        name="Season pass",
        description="A lot of credits for one busy half-year.",
        credits=2000,
        valid_for_days=180,
        unit_amount=9900,
    ),
    Demo(
        slug="any",
        name="As you like",
        description="Any amount from 5 to 500, in steps of a half.",
        credits=9,
        unit_amount=100,
        amounts=catalog.Amounts(minimum=500, maximum=50_000, step=50),
    ),
)
# Beside the site's own.
SECOND_CURRENCIES = ("eur", "usd")
PEOPLE = (
    ("demo@example.com", "demo-password", False),
    ("admin@example.com", "admin-password", True),
)


VOUCHERS = "Welcome"


class Command(StripeCommand):
    help = "Puts demo plans on sale, makes two users to log in as and a voucher. Development only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "Its passwords are public: seed_demo needs DEBUG, and is never for production."
            )
        currencies = (conf.currency(), _second_currency())
        prices = [
            _price_of(demo, sort_order, currency)
            for currency in currencies
            for sort_order, demo in enumerate(PLANS)
        ]
        problems = [problem for price in prices if (problem := _problem_of(price))]
        if not problems:
            self.stdout.write(f"{len(PLANS)} demo plans are on sale.\n")
        self.stdout.write(f"\nOpen {settings.SITE_URL}/ and log in as\n")
        for email, password, is_staff in PEOPLE:
            _make_person(email=email, password=password, is_staff=is_staff)
            role = "staff, for /admin/" if is_staff else "a customer"
            self.stdout.write(f"  {email:18} {password:15} {role}\n")
        if code := _make_voucher():
            self.stdout.write(f"\nA voucher for 25 credits, said only this once: {code}\n")
        if problems:
            raise CommandError(
                f"{len(problems)} of {len(prices)} demo prices are saved but not on sale at Stripe:"
                f" {problems[0]}\nRun `manage.py seed_demo` again when Stripe, or its sandbox, can"
                " be reached. Where Stripe answers and does not know a plan, as after a change of"
                " account, save the plan's price in admin again.",
                returncode=AWAY,
            )


def _second_currency() -> str:
    return next(one for one in SECOND_CURRENCIES if one != conf.currency())


def _price_of(demo: Demo, sort_order: int, currency: str) -> PlanPrice:
    """Put a plan on sale, unless there is one of this name: it may have been edited since."""
    plan, _ = CreditPlan.objects.get_or_create(
        slug=demo.slug,
        defaults={
            "name": demo.name,
            "description": demo.description,
            "credits": demo.credits,
            "bonus_credits": demo.bonus_credits,
            "valid_for_days": demo.valid_for_days,
            "is_featured": demo.is_featured,
            "quantity_maximum": demo.quantity_maximum,
            "sort_order": sort_order,
        },
    )
    on_sale = PlanPrice.objects.on_sale(currency=currency, livemode=conf.livemode())
    return on_sale.filter(plan=plan).first() or catalog.set_price(
        plan=plan, currency=currency, unit_amount=demo.unit_amount, amounts=demo.amounts
    )


def _problem_of(price: PlanPrice) -> str:
    """Say why nobody can buy a plan, by Stripe's own word; nothing where people can."""
    if not price.is_published:
        return price.why
    try:
        named = [("prices", price.stripe_price_id), ("products", price.stripe_product_id)]
        there = [stripe_gateway.read_object(kind, one) for kind, one in named if one]
    except stripe_gateway.GatewayError as error:
        return str(error)
    archived = [one["id"] for one in there if not one["active"]]
    return f"{archived[0]} is archived." if archived else ""


@transaction.atomic
def _make_person(*, email: str, password: str, is_staff: bool) -> None:
    user, is_new = User.objects.get_or_create(
        username=email,
        defaults={"email": email, "is_staff": is_staff, "is_superuser": is_staff},
    )
    if is_new:
        user.set_password(password)
        user.save()
    EmailAddress.objects.get_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )


@transaction.atomic
def _make_voucher() -> str:
    """Make a code that a hundred people may redeem; empty where there is one."""
    staff = User.objects.get(username=PEOPLE[1][0])
    if VoucherBatch.objects.filter(name=VOUCHERS).exists() or not staff.is_superuser:
        return ""
    batch = vouchers.make_batch(name=VOUCHERS, credits=25, size=1, uses=100, by=staff)
    return vouchers.export(batch, by=staff)[0][1]
