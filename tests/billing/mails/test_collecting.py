"""Each notice of the ledger becomes one mail."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing import mails
from billing.models import OutgoingMail
from credits.models import Account, ExpiryNotice, LowBalanceNotice
from tests.billing.mails.factories import make_expiring_lot, make_low_balance
from tests.credits.factories import make_account, make_spend
from tests.credits.test_races import together

NOW = timezone.now()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def collect(at=NOW):
    mails.collect(at=at)
    return list(OutgoingMail.objects.order_by("pk"))


@pytest.mark.django_db
class TestCollect:
    def test_makes_a_mail_of_a_low_balance(self):
        account = make_low_balance()

        [mail] = collect()

        assert (mail.kind, mail.account, mail.status) == ("balance_low", account, "waiting")
        assert mail.due_at == NOW

    def test_makes_a_mail_of_credits_about_to_expire(self):
        lot = make_expiring_lot()

        [mail] = collect()

        assert (mail.kind, mail.account) == ("credits_expiring", lot.account)
        assert mail.ids == {"lot": lot.pk}

    def test_makes_each_once(self):
        make_low_balance()
        make_expiring_lot()

        assert len(collect()) == len(collect(NOW + HOUR)) == 2

    def test_makes_none_of_a_notice_that_was_rolled_back(self, settings):
        settings.CREDITS_LOW_BALANCE = 10
        account = make_account(credits=10)

        with transaction.atomic():
            make_spend(account=account, credits=4)
            transaction.set_rollback(True)

        assert collect() == []

    def test_finds_what_was_committed_after_a_newer_one(self):
        older, newer = make_low_balance(), make_low_balance()
        LowBalanceNotice.objects.filter(account=older).update(created_at=NOW - 23 * HOUR)
        late = LowBalanceNotice.objects.get(account=older)
        LowBalanceNotice.objects.filter(account=older).delete()
        assert [mail.account for mail in collect()] == [newer]

        late.save(force_insert=True)

        assert [mail.account for mail in collect()] == [newer, older]

    def test_lets_old_news_be(self):
        make_low_balance()
        LowBalanceNotice.objects.update(created_at=NOW - 31 * DAY)

        assert collect() == []


@pytest.mark.django_db
class TestSecondExpiryInADay:
    def sent(self, lot):
        """Say that the mail of this lot went out an hour ago; return whose it is."""
        collect()
        OutgoingMail.objects.update(status="sent", closed_at=NOW - HOUR)
        return lot.account

    def test_waits_for_the_next_day(self):
        account = self.sent(make_expiring_lot())
        make_expiring_lot(account=account)

        assert collect()[-1].due_at == NOW + 23 * HOUR

    def test_does_not_wait_where_it_would_be_too_late(self):
        account = self.sent(make_expiring_lot())
        make_expiring_lot(account=account, days=1)

        assert collect()[-1].due_at == NOW

    def test_does_not_wait_for_another_persons(self):
        self.sent(make_expiring_lot())
        make_expiring_lot()

        assert collect()[-1].due_at == NOW


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_makes_each_once(self):
        for _ in range(5):
            make_expiring_lot()

        done = together(lambda _n: mails.collect(at=NOW), threads=4)

        assert done == [None] * 4
        assert OutgoingMail.objects.count() == ExpiryNotice.objects.count() == 5


@pytest.mark.django_db
class TestOutgoingMail:
    def make(self, **fields):
        OutgoingMail.objects.create(
            **{
                "kind": "balance_low",
                "account": Account.objects.create(),
                "key": "x",
                "created_at": NOW,
                "due_at": NOW,
                **fields,
            }
        )

    def test_status_known(self):
        with pytest.raises(IntegrityError, match="outgoingmail_status_known"):
            self.make(status="lost", closed_at=NOW)

    @pytest.mark.parametrize(
        "fields",
        [{"status": "waiting", "closed_at": NOW}, {"status": "sent"}],
        ids=["waiting", "sent"],
    )
    def test_closed_unless_waiting(self, fields):
        with pytest.raises(IntegrityError, match="outgoingmail_closed_unless_waiting"):
            self.make(**fields)

    def test_once_a_key(self):
        self.make()

        with pytest.raises(IntegrityError, match="key"):
            self.make()
