"""A value that a setting of the ledger cannot have is named before anything runs."""

import pytest
from django.conf import settings as configured
from django.core.checks import run_checks
from django.db import connections
from django.test import override_settings

from credits import checks, conf

IMPOSSIBLE = [
    ("CREDITS_RESTORE_GRACE_DAYS", -1, "credits.E001"),
    ("CREDITS_RESTORE_GRACE_DAYS", "30", "credits.E001"),
    ("CREDITS_SHORTFALL_POLICY", "forgive", "credits.E002"),
    ("CREDITS_SHORTFALL_POLICY", None, "credits.E002"),
    ("CREDITS_HOLD_MINUTES", 0, "credits.E003"),
    ("CREDITS_HOLD_MINUTES", 1.5, "credits.E003"),
    ("CREDITS_ADJUSTMENT_APPROVAL_ABOVE", -1, "credits.E004"),
    ("CREDITS_ADJUSTMENT_APPROVAL_ABOVE", "", "credits.E004"),
    ("CREDITS_SIGNUP_GRANT", -5, "credits.E005"),
    ("CREDITS_SIGNUP_GRANT", True, "credits.E005"),
    ("CREDITS_SIGNUP_VALID_DAYS", None, "credits.E006"),
    ("CREDITS_MONTHLY_ALLOWANCE", -1, "credits.E007"),
    ("CREDITS_LOW_BALANCE", -1, "credits.E008"),
    ("CREDITS_LOW_BALANCE_RECOVERED", None, "credits.E009"),
    ("CREDITS_EXPIRY_NOTICE_DAYS", 7, "credits.E010"),
    ("CREDITS_EXPIRY_NOTICE_DAYS", "30", "credits.E010"),
    ("CREDITS_EXPIRY_NOTICE_DAYS", [7, 0], "credits.E010"),
    ("CREDITS_PREPARED_STATEMENTS", "false", "credits.E011"),
    ("CREDITS_BUY_URL", None, "credits.E015"),
    ("CREDITS_HOLD_LONGEST_MINUTES", 0, "credits.E017"),
]
POSSIBLE = [
    ("CREDITS_ADJUSTMENT_APPROVAL_ABOVE", None),
    ("CREDITS_EXPIRY_NOTICE_DAYS", ()),
    ("CREDITS_BUY_URL", ""),
    ("CREDITS_BUY_URL", "billing:overview"),
    ("CREDITS_BUY_URL", "/plans/"),
    ("CREDITS_BUY_URL", "https://shop.example/credits"),
    ("CREDITS_LOW_BALANCE", 1),
    ("CREDITS_SHORTFALL_POLICY", "lien"),
]


class TestSettings:
    @pytest.mark.parametrize(("name", "value", "id"), IMPOSSIBLE)
    def test_names_what_cannot_be(self, settings, name, value, id):
        setattr(settings, name, value)

        [error] = run_checks(tags=["credits"])

        assert error.id == id
        assert error.msg == f"{name} is not {checks.RULES[name].expected}."

    def test_names_an_address_that_the_project_does_not_have(self, settings):
        settings.CREDITS_BUY_URL = "shop:plans"

        [error] = run_checks(tags=["credits"])

        assert error.id == "credits.E016"
        assert error.msg.startswith("CREDITS_BUY_URL is no address")

    @pytest.mark.parametrize(("name", "value"), POSSIBLE)
    def test_says_nothing_of_what_can_be(self, settings, name, value):
        setattr(settings, name, value)

        assert run_checks(tags=["credits"]) == []

    @pytest.mark.parametrize(
        ("written", "id", "named"),
        [
            ({"CREDITS_LOW_BALANCE_RECOVERED": 9}, "credits.W002", "CREDITS_LOW_BALANCE is not"),
            ({"CREDITS_LOW_BALANCE": 0}, "credits.W003", "no balance is below 0"),
            ({"CREDITS_SIGNUP_VALID_DAYS": 30}, "credits.W004", "CREDITS_SIGNUP_GRANT is 0"),
            (
                {"CREDITS_SIGNUP_FINGERPRINT_KEYS": ["k" * 32]},
                "credits.W005",
                "CREDITS_SIGNUP_GRANT is 0",
            ),
        ],
    )
    def test_warns_of_one_that_another_leaves_without_effect(self, settings, written, id, named):
        for name, value in written.items():
            setattr(settings, name, value)

        [warning] = run_checks(tags=["credits"])

        assert warning.id == id
        assert named in warning.msg

    def test_says_nothing_of_sign_up_credits_that_last_a_while(self, settings):
        settings.CREDITS_SIGNUP_GRANT, settings.CREDITS_SIGNUP_VALID_DAYS = 10, 30

        assert run_checks(tags=["credits"]) == []

    @pytest.mark.parametrize(
        ("written", "found"),
        [
            ("s" * 31, "key 1 is a string of 32 characters or more, got 31"),
            (["k" * 32, "short"], "key 2 is a string of 32 characters or more, got 5"),
            ([b"k" * 32], "key 1 is a string of 32 characters or more, got bytes"),
            ({"k" * 32}, "is a list of strings, got set"),
            (None, "is a list of strings, got NoneType"),
        ],
    )
    def test_names_a_key_that_cannot_be_and_does_not_show_it(self, settings, written, found):
        settings.CREDITS_SIGNUP_GRANT = 10
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = written

        [error] = run_checks(tags=["credits"])

        assert error.id == "credits.E014"
        assert found in error.msg
        assert "kkk" not in error.msg
        assert "short" not in error.msg

    @pytest.mark.parametrize("written", ["", "k" * 32, ["k" * 32, "o" * 64], ()])
    def test_says_nothing_of_keys_that_are_long_enough(self, settings, written):
        settings.CREDITS_SIGNUP_GRANT = 10
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = written

        assert run_checks(tags=["credits"]) == []

    def test_warns_of_a_recovery_below_the_low_balance(self, settings):
        settings.CREDITS_LOW_BALANCE = 10
        settings.CREDITS_LOW_BALANCE_RECOVERED = 9

        [warning] = run_checks(tags=["credits"])
        settings.CREDITS_LOW_BALANCE_RECOVERED = 10

        assert warning.id == "credits.W001"
        assert run_checks(tags=["credits"]) == []

    def test_wants_instants_with_a_time_zone(self, settings):
        settings.USE_TZ = False

        [error] = run_checks(tags=["credits"])

        assert error.id == "credits.E013"

    def test_has_a_rule_for_each(self):
        tried = {name: number for name, _value, number in IMPOSSIBLE}

        assert tried == {name: rule.id for name, rule in checks.RULES.items()}

    def test_demands_none(self, settings):
        for name in checks.RULES:
            if hasattr(configured, name):
                delattr(settings, name)

        assert run_checks(tags=["credits"]) == []
        assert conf.restore_grace_days() == 30
        assert conf.is_lien_kept() is False
        assert conf.hold_minutes() == 60
        assert conf.adjustment_approval_above() is None
        assert (conf.signup_grant(), conf.signup_valid_days(), conf.monthly_allowance()) == (
            0,
            0,
            0,
        )
        assert list(conf.signup_fingerprint_keys()) == []
        assert (conf.low_balance(), conf.low_balance_recovered()) == (None, 0)
        assert list(conf.expiry_notice_days()) == [30, 7, 1]
        assert conf.are_statements_prepared() is True

    def test_follows_one_that_changes(self):
        seen = []
        for minutes in (5, 6):
            with override_settings(CREDITS_HOLD_MINUTES=minutes):
                seen.append(conf.hold_minutes())

        assert [*seen, conf.hold_minutes()] == [5, 6, 60]

    def test_a_low_balance_has_recovered_at_twice_as_much(self, settings):
        settings.CREDITS_LOW_BALANCE = 10

        assert conf.low_balance_recovered() == 20


def test_another_database_is_named(monkeypatch):
    monkeypatch.setattr(type(connections["default"]), "vendor", "sqlite")

    [error] = run_checks(tags=["credits"])

    assert error.id == "credits.E012"
