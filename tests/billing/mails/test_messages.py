"""Codes and notices leave once, while they are of use, and no request waits for that."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from billing import jobs
from billing.doctor import Level
from billing.doctor.mails import examine
from billing.mails import messages, signals
from billing.models import OutgoingMessage
from billing.privacy import erasure
from tests.credits.test_races import together
from tests.people import make_user
from tests.smtp import mail_server

NOW = timezone.now()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def nobody_sends(monkeypatch):
    """Only the test does."""
    monkeypatch.setattr(signals.queued, "send", lambda sender: [])


@pytest.fixture
def server(settings):
    """The mail server that the site sends through."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 1
        yield server


def make_message(*, to="ada@example.com", lasts=10 * MINUTE, at=NOW):
    message = EmailMessage("Your code", "    123456\n", to=[to])
    return messages.queue(message, kind="login_code", lasts=lasts, at=at)


@pytest.mark.django_db
class TestQueue:
    def test_sends_nothing(self):
        make_message()

        assert mail.outbox == []

    def test_keeps_the_mail_as_it_was_written(self):
        message = EmailMultiAlternatives("Hello", "text", to=["ada@example.com"])
        message.attach_alternative("<p>html</p>", "text/html")
        messages.queue(message, kind="notice", lasts=DAY, at=NOW)
        only_html = EmailMessage("Hello", "<b>html</b>", to=["bob@example.com"])
        only_html.content_subtype = "html"
        messages.queue(only_html, kind="notice", lasts=DAY, at=NOW)

        messages.send_due(at=NOW)

        assert [
            (sent.to, sent.body, [a[0] for a in sent.alternatives])
            for sent in mail.outbox
            if isinstance(sent, EmailMultiAlternatives)
        ] == [
            (["ada@example.com"], "text", ["<p>html</p>"]),
            (["bob@example.com"], "", ["<b>html</b>"]),
        ]


@pytest.mark.django_db
class TestSendDue:
    def test_sends_a_message_once_and_forgets_it(self):
        make_message(at=timezone.now())

        assert [jobs.send_messages(), jobs.send_messages()] == [1, 0]
        assert [sent.subject for sent in mail.outbox] == ["Your code"]
        assert not OutgoingMessage.objects.exists()

    def test_tries_again_for_as_long_as_it_is_of_use(self, server):
        make_message()
        server.refusals = 3

        sent = [messages.send_due(at=NOW + minute * MINUTE) for minute in (0, 0.5, 1, 2, 3)]

        assert sent == [0, 0, 0, 0, 1]
        assert "123456" in server.received[0]

    def test_sends_no_code_that_is_too_old(self):
        make_message(lasts=10 * MINUTE)

        assert messages.send_due(at=NOW + 10 * MINUTE) == 0

        given_up = OutgoingMessage.objects.get()
        assert (given_up.recipient, given_up.subject, given_up.text) == ("", "", "")
        assert given_up.closed_at == NOW + 10 * MINUTE

    def test_gives_up_an_address_that_there_is_not_and_goes_on(self, server):
        for number in range(5):
            make_message(to=f"nobody{number}@example.com")
        make_message(to="ada@example.com")
        server.unknown = "nobody"

        assert messages.send_due(at=NOW) == 1
        assert {row.last_error for row in OutgoingMessage.objects.all()} == {
            "SMTPRecipientsRefused 550"
        }
        assert not OutgoingMessage.objects.waiting().exists()

    def test_leaves_a_mail_server_that_is_away_alone_until_the_next_run(self, server):
        for _ in range(5):
            make_message()
        server.refusals = 5

        messages.send_due(at=NOW)

        assert server.refusals == 2

    def test_outlives_a_message_that_cannot_be_written(self):
        make_message(to="a\nb@example.com")
        make_message()

        assert messages.send_due(at=NOW) == 1
        assert OutgoingMessage.objects.get().last_error == "BadHeaderError"

    def test_forgets_after_a_week_what_was_given_up(self):
        make_message()
        messages.send_due(at=NOW + DAY)

        assert messages.prune(at=NOW + 7 * DAY) == 0
        assert messages.prune(at=NOW + 9 * DAY) == 1


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_each_is_sent_once(self):
        for _ in range(6):
            make_message()

        sent = together(lambda _number: messages.send_due(at=NOW), 4)

        assert sum(sent) == len(mail.outbox) == 6


@pytest.mark.django_db
class TestTable:
    def test_outgoingmessage_empty_once_closed(self):
        make_message()

        with pytest.raises(IntegrityError, match="outgoingmessage_empty_once_closed"):
            OutgoingMessage.objects.update(closed_at=NOW)


@pytest.mark.django_db
class TestErasing:
    def test_forgets_what_waits_for_a_person(self):
        user = make_user(email="ada@example.com")
        make_message(to="ada@example.com")
        make_message(to="bob@example.com")

        erasure.erase(user=user)

        assert OutgoingMessage.objects.get().recipient == "bob@example.com"


@pytest.mark.django_db
class TestDoctor:
    def found(self, now):
        return [(finding.level, finding.message) for finding in examine(now)]

    def test_finds_that_nobody_sends_codes(self):
        make_message()

        assert self.found(NOW + MINUTE / 2) == []
        [(level, message)] = self.found(NOW + 2 * MINUTE)

        assert level is Level.WRONG
        assert message.startswith("1 codes and notices have waited for more than a minute")

    def test_tells_of_those_that_came_to_nothing(self):
        make_message()
        messages.send_due(at=NOW + DAY)

        [(level, message)] = self.found(NOW + DAY)

        assert level is Level.WATCH
        assert "could not be sent while they were of use" in message


@pytest.mark.django_db
class TestAllauth:
    def test_leaves_its_codes_to_the_jobs(self, client):
        client.post(
            reverse("account_signup"), {"email": "ada@example.com", "password1": "Pa55-ada"}
        )

        waiting = OutgoingMessage.objects.get()
        assert waiting.kind == "email_confirmation_signup"
        assert waiting.recipient == "ada@example.com"
        assert waiting.expires_at - waiting.created_at == 10 * MINUTE
        assert mail.outbox == []

    def test_gives_a_notice_a_day(self, client):
        client.post(reverse("account_request_login_code"), {"email": "nobody@example.com"})

        waiting = OutgoingMessage.objects.get()
        assert (waiting.kind, waiting.expires_at - waiting.created_at) == ("unknown_account", DAY)
