"""Mails that the ledger's signals lead to."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from billing import mails
from config import jobs
from credits.models import Account
from tests.credits.factories import make_lot, make_spend
from tests.people import make_user

pytestmark = pytest.mark.django_db

NOW = timezone.now()


class TestMails:
    @pytest.fixture
    def account(self, settings):
        settings.CREDITS_LOW_BALANCE = 10
        return Account.objects.for_user(make_user(email="ada@example.com"))

    def test_are_queued_after_commit_and_sent_by_the_worker(
        self, account, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            make_lot(account=account, credits=10)
            make_spend(account=account, credits=4)

        job = ProcrastinateJob.objects.get(task_name="credits.mail_balance_low")
        jobs.mail_balance_low(**job.args)
        [sent] = mail.outbox
        assert sent.to == ["ada@example.com"]
        assert sent.subject == "Your credits on Credits are running low"
        assert "You have 6 credits left" in sent.body
        assert "http://testserver/billing/" in sent.body

    def test_tell_when_credits_expire(self, account):
        lot = make_lot(account=account, credits=10, expires_at=NOW + timedelta(days=7))

        mails.credits_expiring(lot_id=lot.pk)

        assert "10 of your credits on Credits expire on" in mail.outbox[0].body

    def test_are_not_sent_when_the_balance_has_recovered(self, account):
        make_lot(account=account, credits=10)

        mails.balance_low(account_id=account.pk)

        assert mail.outbox == []

    def test_are_not_sent_for_credits_that_were_used(self, account):
        lot = make_lot(account=account, credits=1, expires_at=NOW + timedelta(days=7))
        make_spend(account=account, credits=1)

        mails.credits_expiring(lot_id=lot.pk)

        assert mail.outbox == []

    def test_are_not_sent_to_who_was_erased(self):
        lot = make_lot(credits=1, expires_at=NOW + timedelta(days=7))

        mails.credits_expiring(lot_id=lot.pk)

        assert mail.outbox == []
