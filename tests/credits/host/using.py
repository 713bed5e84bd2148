"""What a host does with the ledger. Run by `tests/credits/test_any_project.py`."""

from datetime import timedelta

import pytest
from django.contrib.auth.signals import user_logged_in
from django.core.management import call_command
from django.db.models import BigAutoField
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from credits import audit, holds, jobs, ledger
from credits.models import Account, AdjustmentRequest, CreditTransaction, Hold, Lot, Movement
from tests.credits.host.people.models import Person

pytestmark = pytest.mark.django_db

READ = [Account, CreditTransaction, Hold, Lot, Movement, AdjustmentRequest]


@pytest.fixture
def ada():
    return Person.objects.create(handle="ada", address="ada@example.com")


@pytest.fixture
def account(ada):
    return Account.objects.for_user(ada)


@pytest.fixture
def used(account):
    """An account with a row in each table."""
    lot = ledger.grant(account=account, credits=1500, source="gift:1", kind=Lot.Kind.PROMOTION)
    spent = ledger.spend(account=account, credits=30, key="spend")
    ledger.give_back(transaction=spent, credits=10, key="back")
    holds.capture(hold=holds.hold(account=account, credits=20, key="job"), credits=5)
    ledger.set_clawback_target(lot=lot, target=40, key="refund")
    return account


@pytest.fixture
def staff():
    def make(handle):
        person = Person.objects.create(
            handle=handle, address=f"{handle}@example.com", is_staff=True, is_superuser=True
        )
        client = Client()
        client.force_login(person)
        client.person = person
        return client

    return make


def page(model, verb="changelist", *args):
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{verb}", args=args)  # noqa: SLF001


class TestProject:
    def test_finds_nothing_to_warn_of(self):
        call_command("check", fail_level="DEBUG")

    def test_needs_no_migration(self):
        call_command("makemigrations", check=True, dry_run=True)

    def test_has_large_keys_whatever_it_gives_its_own(self):
        assert isinstance(Lot._meta.pk, BigAutoField)  # noqa: SLF001


class TestUser:
    def test_has_an_account_that_adds_up(self, used):
        assert ledger.balance(used) == 1500 - 20 - 5 - 40
        assert list(audit.faults()) == []
        assert str(used) == "@ada"

    def test_gets_what_is_free_on_logging_in(self, ada, settings):
        settings.CREDITS_SIGNUP_GRANT = 5

        user_logged_in.send(Person, user=ada, request=None)

        assert ledger.balance(Account.objects.get(user=ada)) == 5

    def test_gets_what_is_free_from_the_job(self, account, settings):
        settings.CREDITS_MONTHLY_ALLOWANCE = 7

        assert jobs.give_free() == 1
        assert ledger.balance(account) == 7

    def test_may_be_served_by_the_other_jobs(self, account):
        ledger.grant(
            account=account,
            credits=5,
            source="gift:1",
            kind=Lot.Kind.PROMOTION,
            expires_at=timezone.now() + timedelta(hours=1),
        )

        jobs.expire()
        jobs.announce_expiring()


class TestAdmin:
    def test_shows_every_list_and_row(self, used, staff):
        client = staff("grace")

        for model in READ:
            assert client.get(page(model)).status_code == 200
            for row in model.objects.all():
                assert client.get(page(model, "change", row.pk)).status_code == 200

    def test_says_where_a_long_list_is_cut_off(self, used, staff, monkeypatch):
        monkeypatch.setattr("credits.admin.readonly.COUNTED_ROWS", 2)

        answer = staff("grace").get(page(CreditTransaction))

        assert "search or filter for others" in answer.text

    def test_writes_large_numbers_as_people_do(self, used, staff):
        assert "+1,500" in staff("grace").get(page(Account, "change", used.pk)).text

    @pytest.mark.parametrize("term", ["ada", "ADA@exa", "{pk}", "{user}"])
    def test_finds_an_account_by(self, used, staff, term):
        other = Person.objects.create(handle="bob", address="bob@example.com")
        Account.objects.for_user(other)

        answer = staff("grace").get(
            page(Account), {"q": term.format(pk=used.pk, user=used.user_id)}
        )

        assert [row.pk for row in answer.context["cl"].result_list] == [used.pk]

    @pytest.mark.parametrize("model", READ)
    @pytest.mark.parametrize("term", ["nobody", "12345", "{other}", "a'%_\\", "x" * 300])
    def test_finds_nothing_where_nothing_is(self, used, staff, model, term):
        other = "00000000-0000-4000-8000-000000000000"

        answer = staff("grace").get(page(model), {"q": term.format(other=other)})

        assert list(answer.context["cl"].result_list) == []

    def test_adjusts_and_names_who_did(self, used, staff):
        client = staff("grace")
        address = page(Account, "adjust", used.pk)
        nonce = client.get(address).context["form"].initial["nonce"]

        client.post(address, {"credits": -5, "reason": "Slip", "nonce": nonce})

        newest = CreditTransaction.objects.order_by("-pk").first()
        assert (newest.amount, newest.actor) == (-5, f"staff:{client.person.pk}")

    def test_lets_a_second_person_decide(self, used, staff):
        grace, linus = staff("grace"), staff("linus")
        address = page(Account, "adjust", used.pk)
        nonce = grace.get(address).context["form"].initial["nonce"]
        grace.post(address, {"credits": 101, "reason": "Sorry", "nonce": nonce})
        asked = AdjustmentRequest.objects.get()
        decide = page(AdjustmentRequest, "decide", asked.pk)

        shown = linus.get(decide)
        linus.post(decide, {"decision": "approve"})

        assert "grace@example.com" in shown.text
        asked.refresh_from_db()
        assert (asked.status, asked.decided_by) == ("APPROVED", f"staff:{linus.person.pk}")
        assert "linus@example.com" in grace.get(page(AdjustmentRequest, "change", asked.pk)).text

    def test_speaks_chinese(self, used, staff, settings):
        settings.LANGUAGE_CODE = "zh-hans"

        assert "调整" in staff("grace").get(page(Account, "change", used.pk)).text
