"""A misconfigured shop does not start."""

import pytest
from django.apps import apps
from django.db import connection

from billing import checks
from billing.checks import values

GOOD = {
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRET": ["whsec_1"],
    "STRIPE_LIVE_MODE": False,
    "STRIPE_API_BASE": "",
    "DEBUG": False,
    "SITE_URL": "https://shop.example",
    "BILLING_SESSION_MINUTES": 45,
}
LIVE = {"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_LIVE_MODE": True}


@pytest.fixture
def found(settings):
    def run(**changes):
        for name, value in {**GOOD, **changes}.items():
            setattr(settings, name, value)
        return {
            message.id
            for check in (checks.check_stripe_settings, checks.check_site_url)
            for message in check(None)
        }

    return run


class TestChecks:
    def test_find_nothing_wrong_with_good_settings(self, found):
        assert found() == set()
        assert found(**LIVE) == set()

    @pytest.mark.parametrize(
        ("changes", "id"),
        [
            ({"STRIPE_LIVE_MODE": True}, "billing.E001"),
            ({"STRIPE_SECRET_KEY": "sk_live_1"}, "billing.E001"),
            ({"STRIPE_SECRET_KEY": "rk_live_1"}, "billing.E001"),
            ({**LIVE, "DEBUG": True}, "billing.E002"),
            ({"STRIPE_WEBHOOK_SECRET": []}, "billing.E003"),
            ({"SITE_URL": "http://shop.example"}, "billing.E004"),
            ({**LIVE, "STRIPE_API_BASE": "http://127.0.0.1:12111"}, "billing.E005"),
            ({"BILLING_SESSION_MINUTES": 30}, "billing.E006"),
            ({"BILLING_SESSION_MINUTES": 1440}, "billing.E006"),
            ({"SITE_URL": ""}, "billing.E007"),
            ({"STRIPE_SECRET_KEY": ""}, "billing.W001"),
        ],
        ids=str,
    )
    def test_find(self, found, changes, id):
        assert found(**changes) == {id}

    @pytest.mark.parametrize(
        ("name", "id"),
        [
            ("STRIPE_SECRET_KEY", "billing.W001"),
            ("STRIPE_WEBHOOK_SECRET", "billing.E003"),
            ("SITE_URL", "billing.E007"),
        ],
    )
    def test_name_a_demanded_setting_that_the_project_has_not(self, settings, name, id):
        delattr(settings, name)

        [message] = checks.check_stripe_settings(None)

        assert message.id == id
        assert message.msg.startswith(f"{name} is not set")

    def test_ask_who_is_verified_where_allauth_does_not_say(self, settings, monkeypatch):
        monkeypatch.delitem(apps.app_configs, "account")

        [error] = checks.check_stripe_settings(None)
        settings.BILLING_EMAIL_VERIFICATION = "tests.people.make_user"

        assert error.id == "billing.E008"
        assert checks.check_stripe_settings(None) == []

    @pytest.mark.parametrize(
        ("name", "value", "id"),
        [
            ("BILLING_SESSION_MINUTES", "45", "billing.E006"),
            ("STRIPE_SECRET_KEY", "pk_test_1", "billing.E010"),
            ("STRIPE_SECRET_KEY", "sk_test 1", "billing.E010"),
            ("STRIPE_SECRET_KEY", " pk_test_1", "billing.E010"),
            ("STRIPE_SECRET_KEY", None, "billing.E010"),
            ("STRIPE_WEBHOOK_SECRET", "whsec_1 whsec_2", "billing.E011"),
            ("STRIPE_WEBHOOK_SECRET", [None], "billing.E011"),
            ("STRIPE_LIVE_MODE", "false", "billing.E012"),
            ("SITE_URL", "shop.example", "billing.E013"),
            ("SITE_URL", "https://", "billing.E013"),
            ("STRIPE_API_BASE", "127.0.0.1:12111", "billing.E014"),
            ("STRIPE_TIMEOUT", 0, "billing.E015"),
            ("STRIPE_TIMEOUT", None, "billing.E015"),
            ("PAYMENT_METHOD_TYPES", "card", "billing.E016"),
            ("BILLING_CURRENCY", "USD", "billing.E017"),
            ("BILLING_CHECKOUTS_PER_HOUR", 0, "billing.E018"),
            ("BILLING_PAYLOAD_DAYS", 0, "billing.E019"),
            ("BILLING_RECONCILE_DAYS", 31, "billing.E020"),
            ("BILLING_RECONCILE_PATIENCE", -1, "billing.E022"),
            ("BILLING_STAFF_GROUPS", "no", "billing.E023"),
            ("BILLING_FRAUD_REFUND_BELOW", 2000, "billing.E040"),
            ("BILLING_FRAUD_REFUND_BELOW", {"USD": 2000}, "billing.E040"),
            ("BILLING_FRAUD_REFUND_BELOW", {"usd": 0}, "billing.E040"),
            ("BILLING_FRAUD_REFUND_BELOW", {"usd": 20.0}, "billing.E040"),
            ("BILLING_FRAUD_REFUND_BELOW", {"usd": True}, "billing.E040"),
            ("BILLING_FRAUD_HOLD", 1, "billing.E041"),
            ("BILLING_AUTOMATIC_TAX", "yes", "billing.E030"),
            ("BILLING_TAX_ID_COLLECTION", 1, "billing.E031"),
            ("BILLING_ADDRESS_COLLECTION", "always", "billing.E032"),
            ("BILLING_INVOICE_CREATION", None, "billing.E033"),
            ("BILLING_MANAGED_PAYMENTS", "on", "billing.E034"),
        ],
    )
    def test_name_a_value_that_cannot_be(self, settings, name, value, id):
        setattr(settings, name, value)

        [error] = checks.check_stripe_settings(None)

        assert error.id == id
        assert error.msg.startswith(f"{name} is ")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("STRIPE_WEBHOOK_SECRET", "whsec_1, whsec_2"),
            ("STRIPE_SECRET_KEY", "rk_test_1"),
            ("STRIPE_SECRET_KEY", "sk_test_1\n"),
            ("STRIPE_WEBHOOK_SECRET", ["whsec_1\n"]),
            ("SITE_URL", "https://shop.example\n"),
            ("SITE_URL", "https://shop.example:8443/"),
            ("STRIPE_TIMEOUT", 4),
            ("BILLING_RECONCILE_PATIENCE", 0),
            ("PAYMENT_METHOD_TYPES", ("card", "link")),
        ],
    )
    def test_take_what_can_be(self, settings, name, value):
        setattr(settings, name, value)

        assert checks.check_stripe_settings(None) == []

    def test_warn_where_no_payment_method_takes_the_currency(self, settings):
        settings.BILLING_CURRENCY = "usd"
        settings.PAYMENT_METHOD_TYPES = ["sepa_debit", "ideal"]

        [warning] = checks.check_stripe_settings(None)
        settings.BILLING_CURRENCY = "eur"

        assert warning.id == "billing.W002"
        assert "sepa_debit, ideal" in warning.msg
        assert "usd" in warning.msg
        assert checks.check_stripe_settings(None) == []

    def test_say_nothing_of_methods_for_another_currency_beside_one_that_takes_this(self, settings):
        settings.BILLING_CURRENCY = "usd"
        settings.PAYMENT_METHOD_TYPES = ["card", "sepa_debit"]

        assert checks.check_stripe_settings(None) == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("BILLING_AUTOMATIC_TAX", True),
            ("BILLING_TAX_ID_COLLECTION", True),
            ("BILLING_INVOICE_CREATION", True),
            ("PAYMENT_METHOD_TYPES", ["card"]),
        ],
    )
    def test_find_what_managed_payments_forbid(self, settings, name, value):
        settings.BILLING_MANAGED_PAYMENTS = True
        assert checks.check_stripe_settings(None) == []
        setattr(settings, name, value)

        error = checks.check_stripe_settings(None)[0]

        assert error.id == "billing.E035"
        assert f"so is {name}:" in error.msg

    @pytest.mark.parametrize("name", ["BILLING_AUTOMATIC_TAX", "BILLING_MANAGED_PAYMENTS"])
    def test_refuse_top_ups_beside_tax(self, settings, name):
        settings.BILLING_TOP_UPS = True
        assert checks.check_stripe_settings(None) == []
        setattr(settings, name, True)

        [error] = checks.check_stripe_settings(None)

        assert error.id == "billing.E027"

    def test_warn_of_tax_numbers_that_nothing_comes_of(self, settings):
        settings.BILLING_TAX_ID_COLLECTION = True

        [warning] = checks.check_stripe_settings(None)
        settings.BILLING_INVOICE_CREATION = True

        assert warning.id == "billing.W010"
        assert checks.check_stripe_settings(None) == []

    def test_warn_of_more_patience_than_days_to_look_at(self, settings):
        settings.BILLING_RECONCILE_DAYS = 2
        settings.BILLING_RECONCILE_PATIENCE = 2 * 86_400

        [warning] = checks.check_stripe_settings(None)

        assert warning.id == "billing.W003"
        assert "BILLING_RECONCILE_DAYS" in warning.msg

    @pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])
    def test_never_say_a_secret(self, settings, name):
        setattr(settings, name, "hidden word")

        [error] = checks.check_stripe_settings(None)

        assert "hidden" not in f"{error.msg} {error.hint}"

    def test_take_every_setting_for_its_default(self, settings):
        demanded = {"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "SITE_URL"}
        for name in values.RULES.keys() - demanded:
            if hasattr(settings, name):
                delattr(settings, name)

        assert checks.check_stripe_settings(None) == []

    def test_refuse_to_roll_back_what_stripe_was_asked_for(self, monkeypatch):
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)

        [error] = checks.check_stripe_settings(None)

        assert error.id == "billing.E021"

    @pytest.mark.parametrize("name", ["BILLING_EMAIL_VERIFICATION", "BILLING_USER_LANGUAGE"])
    @pytest.mark.parametrize("path", ["nowhere", "tests.people.nobody", "tests.people.PASSWORD"])
    def test_find_a_path_that_leads_to_no_function(self, settings, name, path):
        setattr(settings, name, path)

        [error] = checks.check_stripe_settings(None)

        assert (error.id, error.msg.split()[0]) == ("billing.E009", name)

    def test_have_an_id_each(self):
        ids = [rule.id for rule in values.RULES.values()]

        assert len(ids) == len(set(ids))
