"""Every rule of the tables of saved cards and automatic top-ups, broken once."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from billing.models import CardSetup, Consent, SavedCard, TopUp, TopUpMonth, TopUpRule
from tests.billing.topups.factories import charged, queued, save_card, switch_on
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _offered(settings):
    settings.BILLING_TOP_UPS = True


def refused(name):
    """Expects the database to refuse what is inside, by this constraint."""
    return pytest.raises(IntegrityError, match=name)


def change(row, **fields):
    type(row).objects.filter(pk=row.pk).update(**fields)


def copy(row, **fields):
    """Write a second row like this one."""
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields  # noqa: SLF001
        if not field.primary_key
    }
    return type(row).objects.create(**values | fields)


class TestPurchase:
    def test_topup_without_session(self, shop):
        with refused("purchase_topup_without_session"):
            change(queued(shop).purchase, stripe_session_id="cs_1")

    def test_topup_has_no_page(self, shop):
        with refused("purchase_topup_without_session"):
            change(queued(shop).purchase, checkout_url="https://checkout.stripe.com/")

    def test_open_with_its_session(self, shop):
        with refused("purchase_open_with_its_session"):
            change(queued(shop).purchase, status="open")

    def test_topup_paid_by_its_payment(self, shop):
        with refused("purchase_topup_paid_by_its_payment"):
            change(charged(shop).purchase, payment=None)


class TestConsent:
    def test_kind_known(self, shop):
        with refused("consent_kind_known"):
            copy(switch_on(shop).consent, kind="other")

    @pytest.mark.parametrize("fields", [{"words": ""}, {"language": ""}])
    def test_with_words(self, shop, fields):
        with refused("consent_with_words"):
            copy(switch_on(shop).consent, **fields)

    @pytest.mark.parametrize(
        "fields",
        [
            {"words": "Something else."},
            {"language": "zh-hans"},
            {"given_at": timezone.now()},
            {"kind": "card"},
            {"ip_address": "192.0.2.8"},
            {"credits": 1},
            {"valid_for_days": 1},
        ],
    )
    def test_is_frozen(self, shop, fields):
        with refused("consent_is_frozen"):
            change(switch_on(shop).consent, **fields)

    @pytest.mark.parametrize("fields", [{"credits": None}, {"credits": 0}, {"kind": "card"}])
    def test_to_a_top_up_with_its_credits(self, shop, fields):
        with refused("consent_to_a_top_up_with_its_credits"):
            copy(switch_on(shop).consent, **fields)

    def test_lets_its_address_go(self, shop):
        consent = switch_on(shop).consent

        change(consent, ip_address=None)

        assert Consent.objects.get(pk=consent.pk).ip_address is None


class TestSavedCard:
    def test_once(self, shop):
        card = save_card(shop, make_user())
        with refused("savedcard_once"):
            copy(card, removed_at=timezone.now())

    def test_one_current_per_customer(self, shop):
        card = save_card(shop, make_user())
        with refused("savedcard_one_current_per_customer"):
            copy(card, stripe_payment_method_id="pm_2")

    def test_detached_is_removed(self, shop):
        card = save_card(shop, make_user())
        with refused("savedcard_detached_is_removed"):
            change(card, detached_at=timezone.now())


class TestCardSetup:
    def test_session_once(self, shop):
        save_card(shop, make_user())
        save_card(shop, make_user())
        first, second = CardSetup.objects.order_by("pk")
        with refused("cardsetup_session_once"):
            change(second, stripe_session_id=first.stripe_session_id)

    def test_closed_with_its_card(self, shop):
        save_card(shop, make_user())
        with refused("cardsetup_closed_with_its_card"):
            change(CardSetup.objects.get(), closed_at=None)


class TestTopUpRule:
    def test_one_per_mode(self, shop):
        rule, other = switch_on(shop), switch_on(shop)
        with refused("topuprule_one_per_mode"):
            change(other, account=rule.account)

    def test_threshold_positive(self, shop):
        with refused("topuprule_threshold_positive"):
            change(switch_on(shop), threshold=0)

    def test_monthly_limit_positive(self, shop):
        with refused("topuprule_monthly_limit_positive"):
            change(switch_on(shop), monthly_limit=0)

    @pytest.mark.parametrize(
        "fields",
        [
            {"is_on": False},
            {"off_reason": "person"},
            {"is_on": False, "off_reason": "person"},
            {"switched_off_at": timezone.now()},
        ],
    )
    def test_off_with_when_and_why(self, shop, fields):
        with refused("topuprule_off_with_when_and_why"):
            change(switch_on(shop), **fields)

    def test_switched_off_by_somebody(self, shop):
        off = {"is_on": False, "off_reason": "staff", "switched_off_at": timezone.now()}
        with refused("topuprule_switched_off_by_somebody"):
            change(switch_on(shop), **off, switched_off_by=make_staff())

    def test_a_consent_is_of_one_rule(self, shop):
        rule, other = switch_on(shop), switch_on(shop)
        with refused("consent_id"):
            TopUpRule.objects.filter(pk=other.pk).update(consent=rule.consent)


class TestTopUpMonth:
    def test_once(self, shop):
        charged(shop)
        with refused("topupmonth_once"):
            copy(TopUpMonth.objects.get())

    @pytest.mark.parametrize("charged_", [-1, 3001])
    def test_within_its_limit(self, shop, charged_):
        charged(shop)
        with refused("topupmonth_within_its_limit"):
            change(TopUpMonth.objects.get(), charged=charged_)


class TestTopUp:
    def test_one_open_per_account(self, shop):
        topup = queued(shop)
        with refused("topup_one_open_per_account"):
            copy(topup, purchase_id=shop.open().pk, seq=99)

    def test_once_per_fall(self, shop):
        topup = charged(shop)
        with refused("topup_once_per_fall"):
            copy(topup, purchase_id=shop.open().pk, stripe_payment_intent_id=None)

    def test_payment_intent_once(self, shop):
        topup = charged(shop)
        with refused("topup_payment_intent_once"):
            copy(topup, purchase_id=shop.open().pk, seq=99)

    @pytest.mark.parametrize("status", ["paid", "failed", "canceled", "lost"])
    def test_closed_when_over(self, shop, status):
        with refused("topup_closed_when_over"):
            change(queued(shop), status=status)

    @pytest.mark.parametrize("of", [queued, charged])
    def test_counted_unless_given_up(self, shop, of):
        with refused("topup_counted_unless_given_up"):
            change(of(shop), is_counted=False)

    def test_of_one_purchase(self, shop):
        topup = charged(shop)
        with refused("purchase_id"):
            copy(topup, seq=99, stripe_payment_intent_id=None)

    def test_card_is_known_by_its_digits(self, shop):
        assert str(queued(shop).card) == "Visa ···· 4242"
        assert str(SavedCard(stripe_payment_method_id="pm_1")) == "pm_1"
        assert TopUp.objects.get().is_open
