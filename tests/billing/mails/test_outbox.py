"""Mails leave the outbox once, whatever the mail server does."""

import smtplib
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from billing import jobs, mails
from billing.mails import outbox
from billing.models import OutgoingMail
from tests.billing.mails.factories import make_expiring_lot, make_low_balance
from tests.credits.test_races import together
from tests.smtp import mail_server

NOW = timezone.now()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def low_balance(settings):
    settings.CREDITS_LOW_BALANCE = 10


@pytest.fixture
def server(settings):
    """The mail server that the site sends through."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 5
        yield server


def send(at=NOW):
    mails.collect(at=at)
    return mails.send_due(at=at)


def row():
    return OutgoingMail.objects.get()


@pytest.mark.django_db
class TestSendDue:
    def test_sends_a_mail_once(self):
        make_low_balance()

        assert [send(), send(NOW + DAY)] == [1, 0]

        assert len(mail.outbox) == 1
        assert (row().status, row().attempts, row().closed_at) == ("sent", 1, NOW)

    def test_is_a_job(self):
        make_low_balance()

        assert [jobs.send_mails(), jobs.send_mails()] == [1, 0]

    def test_sends_what_one_person_has_to_be_told_in_one_mail(self):
        account = make_expiring_lot(credits=10).account
        make_expiring_lot(account=account, credits=20)
        make_expiring_lot(credits=30)

        assert send() == 2

        assert [one.body.count("expire on") for one in mail.outbox] == [2, 1]
        assert OutgoingMail.objects.filter(status="sent").count() == 3

    def test_sends_what_is_of_two_kinds_in_two_mails(self, settings):
        settings.CREDITS_LOW_BALANCE = 10
        account = make_low_balance()
        make_expiring_lot(account=account, credits=1)

        assert send() == 2

        assert len({one.subject for one in mail.outbox}) == 2

    def test_takes_along_what_was_put_off_to_the_next_day(self):
        account = make_expiring_lot().account
        send()
        make_expiring_lot(account=account, credits=20)
        assert send(NOW + HOUR) == 0

        make_expiring_lot(account=account, credits=30, days=1)

        assert send(NOW + HOUR) == 1
        assert mail.outbox[-1].body.count("expire on") == 2


@pytest.mark.django_db
class TestMailServer:
    def test_is_asked_again_until_it_takes_the_mail(self, server):
        make_low_balance()
        server.refusals = 2

        first = send()
        assert (first, row().status, row().last_error) == (0, "waiting", "SMTPDataError 451")
        assert row().due_at == NOW + 2 * MINUTE
        assert send(NOW + MINUTE) == 0  # not due: it is not asked
        assert send(NOW + 2 * MINUTE) == 0
        assert send(NOW + 6 * MINUTE) == 1

        assert len(server.received) == 1
        assert (row().status, row().attempts, row().last_error) == ("sent", 3, "")

    def test_may_be_away_for_most_of_a_day(self, server, settings):
        make_low_balance()
        settings.EMAIL_PORT = 1  # nobody listens there
        at = NOW
        while at < NOW + 20 * HOUR:
            assert send(at) == 0
            at = row().due_at
        assert row().last_error == "ConnectionRefusedError"

        settings.EMAIL_PORT = server.port

        assert send(at) == 1

    def test_that_stays_away_fails_the_mail_after_a_day(self, settings, server):
        make_low_balance()
        settings.EMAIL_PORT = 1
        at = NOW
        while OutgoingMail.objects.waiting().exists() or at == NOW:
            send(at)
            last, at = at, row().due_at

        assert row().status == "failed"
        assert DAY < last - NOW < DAY + HOUR

    def test_that_failed_mails_gets_them_again_when_asked(self, settings, server):
        make_low_balance()
        settings.EMAIL_PORT = 1
        send()
        OutgoingMail.objects.update(status="failed", closed_at=NOW)
        settings.EMAIL_PORT = server.port

        assert mails.retry_failed() == 1

        assert send(timezone.now()) == 1
        assert mails.retry_failed() == 0

    def test_that_is_away_is_left_alone_until_the_next_run(self, settings):
        for _ in range(5):
            make_low_balance()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

        send()

        assert OutgoingMail.objects.filter(attempts=1).count() == outbox.PATIENCE
        assert OutgoingMail.objects.filter(attempts=0).count() == 2

    def test_that_hangs_is_waited_for_no_longer_than_the_timeout(self, server, settings):
        make_low_balance()
        settings.EMAIL_TIMEOUT = 0.3
        server.pause = 30
        begun = time.monotonic()

        assert send() == 0

        assert time.monotonic() - begun < 5
        assert (row().status, row().last_error) == ("waiting", "SMTPServerDisconnected")

    def test_is_never_waited_for_without_end(self, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_TIMEOUT = None  # Django's default

        assert outbox.mail_server().timeout == outbox.TIMEOUT

        settings.EMAIL_TIMEOUT = 3
        assert outbox.mail_server().timeout == 3

    def test_sees_the_same_message_id_each_time(self, server):
        make_low_balance()
        send()
        OutgoingMail.objects.update(status="waiting", closed_at=None)

        send(NOW + 2 * MINUTE)

        first, second = (
            [line for line in one.splitlines() if line.startswith("Message-ID")]
            for one in server.received
        )
        assert first == second
        assert len(first) == 1

    def test_words_that_quote_an_address_are_not_kept(self, settings, caplog, monkeypatch):
        account = make_low_balance()
        settings.EMAIL_BACKEND = "tests.billing.mails.test_outbox.Refusing"

        send()

        assert row().last_error == "SMTPRecipientsRefused"
        assert account.user.email not in caplog.text


class Refusing:
    """A backend whose mail server knows no such person."""

    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, messages):
        raise smtplib.SMTPRecipientsRefused({messages[0].to[0]: (550, b"no such user")})


class Mistaken:
    """A backend with a bug."""

    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, messages):
        raise ZeroDivisionError


@pytest.mark.django_db
class TestBug:
    def test_in_one_mail_keeps_none_of_the_others(self, settings):
        make_low_balance()
        make_low_balance()
        settings.EMAIL_BACKEND = "tests.billing.mails.test_outbox.Mistaken"

        assert send() == 0

        errors = OutgoingMail.objects.values_list("attempts", "last_error")
        assert list(errors) == [(1, "ZeroDivisionError")] * 2


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_sends_each_once(self, server):
        for _ in range(6):
            make_low_balance()
        mails.collect(at=NOW)
        server.pause = 0.05

        done = together(lambda _n: mails.send_due(at=NOW), threads=3)

        assert sum(done) == len(server.received) == 6
        assert OutgoingMail.objects.filter(status="sent", attempts=1).count() == 6

    def test_sends_what_belongs_together_once(self, server):
        account = make_expiring_lot().account
        for _ in range(3):
            make_expiring_lot(account=account)
        mails.collect(at=NOW)
        server.pause = 0.2

        done = together(lambda _n: mails.send_due(at=NOW), threads=3)

        assert sorted(done) == [0, 0, 1]
        assert len(server.received) == 1

    def test_leaves_a_mail_whose_sender_was_killed_to_the_next_attempt(self):
        make_low_balance()
        mails.collect(at=NOW)
        outbox.claim(at=NOW)  # and then nothing

        assert mails.send_due(at=NOW + MINUTE) == 0
        assert mails.send_due(at=NOW + 2 * MINUTE) == 1


@pytest.mark.django_db
class TestPrune:
    def test_forgets_what_was_sent_long_ago(self):
        make_low_balance()
        send()

        assert mails.prune(at=NOW + 89 * DAY) == 0
        assert mails.prune(at=NOW + 91 * DAY) == 1

    def test_keeps_what_waits(self):
        make_low_balance()
        mails.collect(at=NOW)

        assert mails.prune(at=NOW + 91 * DAY) == 0


class TestPauses:
    def test_grow(self):
        pauses = [outbox.pause_after(attempt) for attempt in range(1, outbox.ATTEMPTS)]

        assert pauses == sorted(pauses)
        assert DAY < sum(pauses, timedelta()) < DAY + HOUR

    def test_end_however_often_a_sender_was_killed(self):
        assert outbox.pause_after(40) == outbox.LONGEST_PAUSE
