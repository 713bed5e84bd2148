"""What the doctor, the figures and the command say of mails that do not leave."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing import mails
from billing.doctor import Level
from billing.doctor.mails import examine
from billing.models import OutgoingMail
from tests.billing.mails.factories import make_low_balance

pytestmark = pytest.mark.django_db

NOW = timezone.now()
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def low_balance(settings):
    settings.CREDITS_LOW_BALANCE = 10


@pytest.fixture
def waiting():
    make_low_balance()
    mails.collect(at=NOW)


def give_up():
    OutgoingMail.objects.update(status="failed", closed_at=NOW, attempts=13, last_error="OSError")


class TestDoctor:
    def found(self, now=NOW):
        return [(found.level, found.message) for found in examine(now)]

    def test_finds_nothing_where_they_leave(self, waiting):
        assert self.found() == []
        mails.send_due(at=NOW)
        assert self.found(NOW + 60 * MINUTE) == []

    def test_finds_that_nobody_sends_them(self, waiting):
        assert self.found(NOW + 11 * MINUTE) == [
            (Level.WRONG, "1 mails should have been sent by now.")
        ]

    def test_finds_a_mail_server_that_does_not_take_them(self, waiting):
        OutgoingMail.objects.update(attempts=2, last_error="SMTPDataError 451")

        assert self.found() == [
            (
                Level.WATCH,
                "The mail server has not taken 1 mails yet, lately: SMTPDataError 451.",
            )
        ]

    def test_finds_those_that_were_given_up(self, waiting):
        give_up()

        assert self.found() == [
            (Level.WRONG, "1 mails could not be sent within a day, lately: OSError.")
        ]

    def test_forgets_them_after_a_week(self, waiting):
        give_up()

        assert self.found(NOW + timedelta(days=8)) == []


class TestMetrics:
    def figures(self, client, settings):
        settings.METRICS_TOKEN = "secret"
        answer = client.get("/metrics", headers={"Authorization": "Bearer secret"})
        lines = answer.content.decode().splitlines()
        return [line for line in lines if line.startswith("credits_mails{")]

    def test_count_what_waits(self, client, settings, waiting):
        assert self.figures(client, settings) == [
            'credits_mails{status="waiting"} 1.0',
            'credits_mails{status="failed"} 0.0',
        ]

    def test_count_what_was_given_up(self, client, settings, waiting):
        give_up()

        assert self.figures(client, settings)[1] == 'credits_mails{status="failed"} 1.0'


class TestCommand:
    def call(self, **options):
        out = StringIO()
        call_command("send_mails", stdout=out, **options)
        return out.getvalue()

    def test_sends_what_is_due(self, waiting):
        assert self.call() == "Sent 1 mails.\n"
        assert len(mail.outbox) == 1

    def test_ends_with_an_error_while_the_mail_server_is_away(self, waiting, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

        with pytest.raises(CommandError, match="1 mails could not be sent: Conn") as error:
            self.call()

        assert error.value.returncode == 2

    def test_leaves_what_was_given_up(self, waiting):
        give_up()

        assert self.call() == "Sent 0 mails.\n"

    def test_sends_what_was_given_up_when_told(self, waiting):
        give_up()

        assert self.call(failed=True).endswith("wait again.\nSent 1 mails.\n")
