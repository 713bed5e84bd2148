"""A misconfigured shop does not start."""

import pytest
from django.apps import apps

from billing import checks

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
            ({"BILLING_SESSION_MINUTES": 29}, "billing.E006"),
            ({"BILLING_SESSION_MINUTES": 1441}, "billing.E006"),
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

    @pytest.mark.parametrize("name", ["BILLING_EMAIL_VERIFICATION", "BILLING_USER_LANGUAGE"])
    @pytest.mark.parametrize("path", ["nowhere", "tests.people.nobody", "tests.people.PASSWORD"])
    def test_find_a_path_that_leads_to_no_function(self, settings, name, path):
        setattr(settings, name, path)

        [error] = checks.check_stripe_settings(None)

        assert (error.id, error.msg.split()[0]) == ("billing.E009", name)
