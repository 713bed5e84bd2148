"""Webhooks reach their receivers, in order, at least once, whatever other receivers do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api import jobs
from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from api.outgoing import claims, delivering, outcomes, switching
from api.outgoing.claims import LEASE
from api.outgoing.sending import Answer
from tests.api.outgoing.factories import again, endpoint_of, happen, make_endpoint
from tests.credits.factories import make_account

pytestmark = pytest.mark.django_db

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now():
    """Later than all that the test lets happen."""
    return timezone.now() + 5 * MINUTE


def send(at=None):
    return delivering.send_due(at=at)


def statuses():
    return list(WebhookDelivery.objects.order_by("pk").values_list("status", flat=True))


class TestSendDue:
    def test_delivers_once(self, receiver, now):
        make_endpoint(receiver)
        [delivery] = happen()

        assert [send(now), send(now + DAY)] == [1, 0]

        [got] = receiver.got
        assert (got.path, got.event["type"]) == ("/hooks", "credits.granted")
        assert got.headers["Content-Type"] == "application/json"
        delivery = again(delivery)
        assert (delivery.status, delivery.attempts, delivery.closed_at) == ("delivered", 1, now)

    def test_is_a_job(self, receiver):
        make_endpoint(receiver)
        happen()

        assert [jobs.send_webhooks(), jobs.send_webhooks()] == [1, 0]

    def test_signs_as_the_public_library_verifies(self, receiver):
        endpoint = make_endpoint(receiver)
        [delivery] = happen()

        send()

        [got] = receiver.got
        assert got.verified_with(endpoint.secret) == got.event
        assert got.id == got.event["id"] == delivery.event.webhook_id

    def test_tells_each_endpoint(self, receiver, other):
        make_endpoint(receiver)
        make_endpoint(other)
        happen()

        assert send() == 2

        assert receiver.got[0].id == other.got[0].id

    def test_writes_down_each_attempt(self, receiver, now):
        make_endpoint(receiver)
        receiver.answer, receiver.body = 503, b"closed\0for lunch" + b"!" * 5000
        [delivery] = happen()

        send(now)

        attempt = WebhookAttempt.objects.get(delivery=delivery)
        assert (attempt.number, attempt.status, attempt.error, attempt.at) == (1, 503, "", now)
        assert attempt.excerpt.startswith("closed\ufffdfor lunch!!!")
        assert len(attempt.excerpt) == 2000

    def test_says_why_nothing_came_back(self, receiver, now):
        make_endpoint(url="http://127.0.0.1:9/")
        [delivery] = happen()

        send(now)

        attempt = WebhookAttempt.objects.get(delivery=delivery)
        assert (attempt.status, attempt.why) == (
            None,
            "ConnectionRefusedError: [Errno 111] Connection refused",
        )


class TestOrder:
    def test_of_an_account_is_kept(self, receiver, now):
        make_endpoint(receiver)
        happen(times=5)

        send(now)

        sequences = [event["sequence"] for event in receiver.events]
        assert sequences == sorted(sequences)
        assert len(sequences) == 5

    def test_later_events_of_an_account_wait_for_the_earlier(self, receiver, now):
        make_endpoint(receiver)
        first, second = happen(times=2)
        receiver.answer = 500

        send(now)
        receiver.answer = 200
        assert send(now + SECOND) == 0
        assert send(now + 15 * SECOND) == 2

        ids = [got.id for got in receiver.got]
        assert ids == [first.event.webhook_id, first.event.webhook_id, second.event.webhook_id]

    def test_other_accounts_do_not_wait(self, receiver, now):
        make_endpoint(receiver)
        refused = happen()[0].event.webhook_id
        happen()
        receiver.answer = lambda handler, got: 500 if got.id == refused else 200

        assert send(now) == 1

        assert statuses() == ["waiting", "delivered"]

    def test_other_endpoints_do_not_wait(self, receiver, other, now):
        make_endpoint(receiver)
        make_endpoint(other)
        receiver.answer = 500
        happen(times=3)

        send(now)

        assert (len(receiver.got), len(other.got)) == (1, 3)

    def test_goes_on_once_an_event_was_given_up(self, receiver, now):
        make_endpoint(receiver)
        first = happen(times=2)[0].event.webhook_id
        receiver.answer = lambda handler, got: 500 if got.id == first else 200
        send(now)

        send(now + 3 * DAY)
        send(now + 3 * DAY + MINUTE)

        assert statuses() == ["failed", "delivered"]


class TestRetrying:
    def test_pauses_grow_for_three_days(self, receiver, now):
        make_endpoint(receiver)
        [delivery] = happen()
        receiver.answer = 500
        at, pauses = now, []
        while again(delivery).status == "waiting":
            send(at)
            due_at = max(again(delivery).due_at, endpoint_of(receiver).paused_until)
            pauses.append((due_at - at).total_seconds())
            at = due_at

        assert len(receiver.got) == len(pauses)
        assert 15 <= len(pauses) <= 30
        assert pauses[:6] == [15, 30, 60, 120, 240, 480]
        assert max(pauses) == 6 * 3600
        delivery = again(delivery)
        assert delivery.status == "failed"
        assert 3 * DAY <= delivery.closed_at - delivery.event.created_at < 3 * DAY + 20 * MINUTE

    def test_one_success_makes_an_endpoint_healthy_again(self, receiver, now):
        make_endpoint(receiver)
        happen()
        receiver.answer = 500
        send(now)
        endpoint = endpoint_of(receiver)
        assert (endpoint.failures, endpoint.failing_since) == (1, now)

        receiver.answer = 200
        send(now + MINUTE)

        endpoint = endpoint_of(receiver)
        assert (endpoint.failures, endpoint.failing_since) == (0, None)

    def test_what_was_never_tried_is_not_given_up_where_we_were_away(self, receiver, now):
        make_endpoint(receiver)
        happen()

        assert send(now + 30 * DAY) == 1

    def test_what_was_never_tried_is_given_up_where_nothing_gets_through(self, receiver, now):
        make_endpoint(receiver)
        happen()
        receiver.answer = 500
        send(now)
        untried = happen()

        send(now + 3 * DAY + HOUR)

        assert [again(one).status for one in untried] == ["failed"]

    def test_staff_can_send_again_what_was_given_up(self, receiver, now):
        make_endpoint(receiver)
        [delivery] = happen()
        WebhookDelivery.objects.update(status="failed", closed_at=now)

        delivering.send_again(delivery)

        assert send() == 1
        assert receiver.got[0].id == delivery.event.webhook_id

    def test_staff_can_send_again_what_was_delivered(self, receiver):
        make_endpoint(receiver)
        [delivery] = happen()
        send()

        delivering.send_again(delivery)
        send()

        first, second = receiver.got
        assert (first.id, first.body) == (second.id, second.body)

    def test_staff_can_end_all_pauses(self, receiver, now):
        endpoint = make_endpoint(receiver)
        happen()
        receiver.answer = 500
        send()

        receiver.answer = 200
        assert send() == 0
        delivering.try_now(endpoint)
        assert send() == 1


class TestDeadReceiver:
    def test_costs_the_others_nothing(self, receiver, other, now):
        """Counted in attempts: 10,000 events wait at one endpoint, and another hears at once."""
        dead = make_endpoint(receiver)
        receiver.answer = 500
        accounts = [make_account() for _ in range(20)]
        for account in accounts:
            happen(account)
        event = WebhookEvent.objects.earliest("pk")
        WebhookEvent.objects.bulk_create(
            WebhookEvent(
                type=event.type,
                version=1,
                account=accounts[number % 20],
                data=event.data,
                created_at=event.created_at,
            )
            for number in range(10_000)
        )
        WebhookDelivery.objects.bulk_create(
            WebhookDelivery(
                event=event,
                endpoint=dead,
                account_id=event.account_id,
                due_at=now,
                give_up_at=now + 3 * DAY,
            )
            for event in WebhookEvent.objects.filter(deliveries=None)
        )
        make_endpoint(other)
        happen(accounts[0], times=5)

        at = now
        while at < now + DAY:
            send(at)
            if at == now:
                assert len(other.got) == 5
                assert len(receiver.got) == outcomes.PATIENCE
            at += HOUR

        assert len(receiver.got) <= outcomes.PATIENCE + 24
        assert WebhookDelivery.objects.waiting().count() > 10_000

    def test_has_everything_in_order_once_it_is_back(self, receiver, now):
        make_endpoint(receiver)
        receiver.answer = 500
        for account in [make_account(), make_account()]:
            happen(account, times=20)
        for number in range(30):
            send(now + number * MINUTE)
        receiver.got.clear()
        receiver.answer = 200

        assert send(now + 3 * HOUR) == 40

        for account in {event["account"] for event in receiver.events}:
            heard = [e["sequence"] for e in receiver.events if e["account"] == account]
            assert heard == sorted(heard)

    def test_is_tried_once_in_a_while_and_not_for_each_new_event(self, receiver, now):
        make_endpoint(receiver)
        receiver.answer = 500
        for number in range(10):
            happen()
            send(now + number * SECOND)

        assert len(receiver.got) == outcomes.PATIENCE

    def test_that_hangs_takes_no_place_from_those_that_hear(self, receiver, other, settings, now):
        settings.API_WEBHOOK_TIMEOUT = 1
        for number in range(delivering.PLACES + 2):
            make_endpoint(url=f"{receiver.url}/{number}")
        WebhookEndpoint.objects.update(failures=1, failing_since=now)
        make_endpoint(other)
        receiver.held.clear()
        happen()

        send(now)

        assert len(other.got) == 1
        assert WebhookAttempt.objects.filter(error="no_answer").count() == delivering.PLACES + 2


class TestSwitchingOff:
    def fail_for(self, days, *, now):
        endpoint = WebhookEndpoint.objects.get()
        WebhookEndpoint.objects.update(failures=50, failing_since=now - days * DAY)
        happen()
        send(now)
        return again(endpoint)

    def test_happens_after_days_of_nothing_but_failures(self, receiver, now, mailoutbox, settings):
        settings.API_WEBHOOK_MAIL_TO = "ops@example.com, dev@example.com"
        make_endpoint(receiver, description="Render farm")
        receiver.answer = 500

        assert self.fail_for(4.9, now=now).is_active
        WebhookEndpoint.objects.update(paused_until=None)
        endpoint = self.fail_for(5, now=now)

        assert not endpoint.is_active
        assert endpoint.why_off == "Nothing was delivered for 5 days."
        jobs.send_webhooks()
        jobs.send_webhooks()
        [mail] = mailoutbox
        assert mail.subject == "Webhooks to Render farm were switched off"
        assert mail.to == ["ops@example.com", "dev@example.com"]
        assert receiver.url in mail.body

    def test_writes_to_the_admins_of_the_project_by_default(
        self, receiver, now, mailoutbox, settings
    ):
        settings.ADMINS = [("Ada", "ada@example.com")]
        make_endpoint(receiver)
        receiver.answer = 410
        happen()

        send(now)
        jobs.send_webhooks()

        assert [mail.to for mail in mailoutbox] == [["ada@example.com"]]

    def test_is_still_told_of_when_the_mail_server_was_away(
        self, receiver, now, settings, mailoutbox
    ):
        settings.API_WEBHOOK_MAIL_TO = ["ops@example.com"]
        make_endpoint(receiver)
        receiver.answer = 410
        happen()
        backend = settings.EMAIL_BACKEND
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        jobs.send_webhooks()
        assert mailoutbox == []

        settings.EMAIL_BACKEND = backend
        jobs.send_webhooks()

        assert len(mailoutbox) == 1

    def test_happens_at_once_where_a_receiver_says_that_it_is_gone(self, receiver, now):
        make_endpoint(receiver)
        receiver.answer = 410
        happen()

        send(now)

        endpoint = endpoint_of(receiver)
        assert (endpoint.is_active, endpoint.why_off) == (
            False,
            "It answered 410 Gone.",
        )

    def test_ends_sending_and_recording(self, receiver, now):
        endpoint = make_endpoint(receiver)
        happen()
        switching.off(endpoint, because="By staff.", at=now, tell=False)

        assert happen() == []
        assert send(now) == 0

    def test_ends_with_what_waits_being_sent(self, receiver, now):
        endpoint = make_endpoint(receiver)
        happen()
        switching.off(endpoint, because="By staff.", at=now, tell=False)

        switching.on(endpoint)

        assert send(now) == 1

    def test_leaves_nothing_waiting_for_ever(self, receiver, now):
        endpoint = make_endpoint(receiver)
        happen()
        switching.off(endpoint, because="By staff.", at=now, tell=False)

        send(now + 3 * DAY)

        assert statuses() == ["failed"]


class TestPruning:
    def test_forgets_what_was_told_long_ago(self, receiver, now):
        make_endpoint(receiver)
        happen()
        send(now)
        receiver.answer = 500
        happen()
        send(now)

        assert delivering.prune(at=now + 29 * DAY) == 0
        assert delivering.prune(at=now + 31 * DAY) == 1

        assert statuses() == ["waiting"]
        assert WebhookAttempt.objects.count() == 1


class TestClaims:
    def test_a_claim_runs_out_when_its_process_died(self, receiver, now):
        make_endpoint(receiver)
        happen(times=2)
        lost = claims.take(at=now)
        assert lost is not None

        assert send(now + SECOND) == 0
        assert send(now + LEASE) == 2

        assert receiver.got[0].id == lost.delivery.event.webhook_id

    def test_an_answer_that_comes_after_its_claim_ran_out_counts_if_it_was_taken(
        self, receiver, now
    ):
        make_endpoint(receiver)
        [delivery] = happen()
        late = claims.take(at=now)
        assert late is not None
        receiver.answer = 500
        send(now + LEASE)
        failures = endpoint_of(receiver).failures

        outcomes.note(late, Answer(status=500, seconds=200), at=now + 2 * LEASE)
        assert endpoint_of(receiver).failures == failures
        outcomes.note(late, Answer(status=200, seconds=200), at=now + 2 * LEASE)

        assert again(delivery).status == "delivered"
