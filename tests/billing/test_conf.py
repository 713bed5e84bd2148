"""The settings of billing: three demanded, the others with a default."""

import re
from pathlib import Path

import pytest
from django.conf import settings as configured

import billing
from billing import checks, conf

DEMANDED = {
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "SITE_URL": "https://shop.example/",
}
OURS = ("BILLING_", "STRIPE_", "SITE_", "PAYMENT_METHOD_TYPES")


@pytest.fixture
def bare(settings):
    """A project that sets what is demanded, and nothing else of ours."""
    for name in dir(configured):
        if name.startswith(OURS):
            delattr(settings, name)
    for name, value in DEMANDED.items():
        setattr(settings, name, value)
    return settings


class TestSettings:
    def test_are_three_and_the_rest_has_a_default(self, bare):
        assert checks.check_stripe_settings(None) == []
        assert conf.site_url() == "https://shop.example"
        assert conf.site_name() == "Credits"
        assert (conf.secret_key(), conf.webhook_secrets()) == ("sk_test_1", ("whsec_1",))
        assert (conf.api_base(), conf.timeout()) == ("", 4.0)
        assert conf.payment_method_types() == ()
        assert (conf.currency(), conf.checkouts_per_hour()) == ("usd", 10)
        assert conf.session_minutes() == 45
        assert (conf.payload_days(), conf.reconcile_days()) == (90, 5)
        assert conf.reconcile_patience() == 10.0

    @pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
    def test_take_the_mode_from_the_key(self, bare, key):
        test, bare.STRIPE_SECRET_KEY = conf.livemode(), key

        assert (test, conf.livemode()) == (False, True)

    @pytest.mark.parametrize(
        ("value", "secrets"),
        [
            ("", ()),
            (None, ()),
            ("whsec_1", ("whsec_1",)),
            ("whsec_1, whsec_2,", ("whsec_1", "whsec_2")),
            (["whsec_1", "whsec_2"], ("whsec_1", "whsec_2")),
            ([], ()),
        ],
    )
    def test_take_one_secret_or_several(self, bare, value, secrets):
        bare.STRIPE_WEBHOOK_SECRET = value

        assert conf.webhook_secrets() == secrets

    def test_leave_out_the_white_space_around_what_is_written(self, bare):
        bare.STRIPE_SECRET_KEY = "sk_live_1\n"
        bare.STRIPE_WEBHOOK_SECRET = ["whsec_1\n", " whsec_2"]
        bare.STRIPE_API_BASE = " http://127.0.0.1:12111\n"
        bare.SITE_URL = "https://shop.example/\n"

        assert conf.secret_key() == "sk_live_1"
        assert conf.livemode()
        assert conf.webhook_secrets() == ("whsec_1", "whsec_2")
        assert conf.api_base() == "http://127.0.0.1:12111"
        assert conf.site_url() == "https://shop.example"

    def test_are_read_in_one_module(self):
        read = {
            (path.name, setting)
            for path in Path(billing.__file__).parent.rglob("*.py")
            for setting in re.findall(r"\bsettings\.([A-Z_]+)", path.read_text())
            if "djstripe_migrations" not in path.parts
        }

        assert {setting for name, setting in read if name != "conf.py"} <= {"AUTH_USER_MODEL"}
