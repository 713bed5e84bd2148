"""Staff's pages of webhooks: endpoints and their secrets, deliveries and what came back."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from api.models import WebhookDelivery, WebhookEndpoint
from api.outgoing import delivering, switching
from credits.admin import notes
from tests.api.outgoing.factories import again, happen, make_endpoint
from tests.credits.factories import make_account
from tests.people import make_staff
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db

URL = "https://hooks.example/credits"


@pytest.fixture
def client():
    return log_in(make_staff())


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def act(client, row, name, **values):
    """Press the button of one of a row's pages."""
    return client.post(page(type(row), name, row.pk), values, follow=True)


class TestMaking:
    def make(self, client, **values):
        return client.post(page(WebhookEndpoint, "add"), {"url": URL, **values})

    def test_shows_the_secret_once(self, client):
        answer = self.make(client, description="Render farm", event_types=["purchase.paid"])

        endpoint = WebhookEndpoint.objects.get()
        assert (endpoint.url, endpoint.event_types) == (URL, ["purchase.paid"])
        assert endpoint.secret in answer.text
        assert "no-store" in answer.headers["Cache-Control"]
        for name in ("change", "roll_secret", "history"):
            assert endpoint.secret not in client.get(page(WebhookEndpoint, name, endpoint.pk)).text
        assert endpoint.secret not in client.get(page(WebhookEndpoint)).text
        assert endpoint.secret not in str(LogEntry.objects.values_list())

    def test_is_for_one_account_where_it_is_named(self, client):
        account = make_account()

        self.make(client, account=account.pk)

        assert WebhookEndpoint.objects.get().account == account

    @pytest.mark.parametrize(
        "url", ["http://hooks.example/", "https://127.0.0.1/", "https://a:b@hooks.example/", "x"]
    )
    def test_refuses_what_is_not_public(self, client, url):
        answer = self.make(client, url=url)

        assert answer.context["adminform"].form.errors["url"]
        assert not WebhookEndpoint.objects.exists()

    def test_refuses_an_unknown_type(self, client):
        self.make(client, event_types=["webhook.test"])

        assert not WebhookEndpoint.objects.exists()


class TestChanging:
    def test_leaves_secrets_and_state_alone(self, client):
        endpoint = make_endpoint(url=URL)

        client.post(
            page(WebhookEndpoint, "change", endpoint.pk),
            {"url": f"{URL}/2", "description": "New", "event_types": ["balance.low"]},
        )

        changed = again(endpoint)
        assert (changed.url, changed.event_types) == (f"{URL}/2", ["balance.low"])
        assert (changed.secret, changed.is_active) == (endpoint.secret, True)

    def test_refuses_what_is_not_public(self, client):
        endpoint = make_endpoint(url=URL)

        client.post(page(WebhookEndpoint, "change", endpoint.pk), {"url": "https://10.0.0.1/"})

        assert again(endpoint).url == URL

    def test_never_deletes(self, client):
        endpoint = make_endpoint(url=URL)

        assert client.post(page(WebhookEndpoint, "delete", endpoint.pk)).status_code == 403


class TestSecrets:
    def test_are_rolled_with_two_good_for_a_day(self, client):
        endpoint = make_endpoint(url=URL)

        answer = act(client, endpoint, "roll_secret", hours=24)

        rolled = again(endpoint)
        assert rolled.secret in answer.text
        assert endpoint.secret not in answer.text
        assert rolled.previous_secret == endpoint.secret
        assert notes.say(LogEntry.objects.get()) == "Rolled the secret."

    def test_end_at_once_where_one_has_leaked(self, client):
        endpoint = make_endpoint(url=URL)

        act(client, endpoint, "roll_secret", hours=0)

        assert again(endpoint).previous_secret == ""

    def test_are_rolled_by_a_form_alone(self, client):
        endpoint = make_endpoint(url=URL)

        client.get(page(WebhookEndpoint, "roll_secret", endpoint.pk))

        assert again(endpoint).secret == endpoint.secret


class TestSwitching:
    def test_goes_off_with_a_reason_and_on_again(self, client):
        endpoint = make_endpoint(url=URL)

        act(client, endpoint, "switch_off", reason="Moving house")
        off = again(endpoint)
        act(client, endpoint, "switch_on")

        assert (off.is_active, off.switched_off_because, off.is_mail_due) == (
            False,
            "Moving house",
            False,
        )
        assert again(endpoint).is_active

    def test_says_what_cannot_be_done(self, client):
        endpoint = make_endpoint(url=URL)

        assert said(act(client, endpoint, "switch_on")) == ["The endpoint is switched on."]
        act(client, endpoint, "switch_off", reason="Moving house")
        for name in ("switch_off", "test", "try_now"):
            assert said(act(client, endpoint, name, reason="x")) == [
                "The endpoint is switched off."
            ]

    def test_tries_at_once_what_waits(self, client, receiver):
        endpoint = make_endpoint(receiver)
        receiver.answer = 500
        happen()
        delivering.send_due()
        receiver.answer = 200

        act(client, endpoint, "try_now")

        assert delivering.send_due() == 1

    def test_sends_a_test(self, client, receiver):
        endpoint = make_endpoint(receiver)

        act(client, endpoint, "test")
        delivering.send_due()

        assert [event["type"] for event in receiver.events] == ["webhook.test"]


class TestDeliveries:
    def test_show_what_was_sent_and_what_came_back(self, client, receiver):
        make_endpoint(receiver)
        receiver.answer, receiver.body = 500, b"<script>alert(1)</script>"
        [delivery] = happen()
        delivering.send_due()

        text = client.get(page(WebhookDelivery, "change", delivery.pk)).text

        assert delivery.event.webhook_id in text
        assert "credits.granted" in text
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert(1)" not in text

    def test_are_sent_again_one_by_one(self, client, receiver):
        make_endpoint(receiver)
        [delivery] = happen()
        delivering.send_due()

        answer = act(client, delivery, "send_again")
        delivering.send_due()

        assert said(answer) == ["It is on its way."]
        assert len(receiver.got) == 2

    def test_are_sent_again_together(self, client, receiver):
        make_endpoint(receiver)
        deliveries = happen(times=3)
        delivering.send_due()

        answer = client.post(
            page(WebhookDelivery),
            {"action": "send_again", "_selected_action": [one.pk for one in deliveries]},
            follow=True,
        )

        assert said(answer) == ["3 are on their way."]
        assert delivering.send_due() == 3

    def test_are_not_sent_again_to_an_endpoint_that_is_switched_off(self, client, receiver):
        endpoint = make_endpoint(receiver)
        [delivery] = happen()
        delivering.send_due()
        switching.off(endpoint, because="x", at=timezone.now(), tell=False)

        alone = act(client, delivery, "send_again")
        together = client.post(
            page(WebhookDelivery),
            {"action": "send_again", "_selected_action": [delivery.pk]},
            follow=True,
        )

        delivery.refresh_from_db()
        refusal = f"Nothing is sent to {endpoint}: it is switched off."
        assert said(alone) == said(together) == [refusal]
        assert delivery.status == "delivered"

    def test_are_found_by_what_a_receiver_knows_them_by(self, client):
        make_endpoint(url=URL)
        _first, second = happen(times=2)

        answer = client.get(page(WebhookDelivery), {"q": second.event.webhook_id})

        assert list(answer.context["cl"].result_list) == [second]

    def test_are_listed_by_as_many_queries_however_many_there_are(self, client):
        make_endpoint(url=URL)
        happen()
        few = queries_of(client, page(WebhookDelivery))
        for _ in range(5):
            happen()

        assert queries_of(client, page(WebhookDelivery)) == few


class TestWhoMay:
    def test_others_press_no_button_and_see_no_secret(self):
        endpoint = make_endpoint(url=URL)
        client = log_in(make_colleague("Support"))

        for name in ("roll_secret", "switch_off", "switch_on", "test", "try_now"):
            answer = client.post(page(WebhookEndpoint, name, endpoint.pk), {"hours": 0})
            assert answer.status_code == 403
        assert again(endpoint).secret == endpoint.secret
        assert endpoint.secret not in client.get(page(WebhookEndpoint, "change", endpoint.pk)).text
        assert log_in(make_colleague("Catalog")).get(page(WebhookEndpoint)).status_code == 403

    def test_every_button_leads_to_a_page(self, client):
        endpoint = make_endpoint(url=URL)
        for is_on in (True, False):
            if not is_on:
                switching.off(endpoint, because="x", at=endpoint.created_at)
            text = client.get(page(WebhookEndpoint, "change", endpoint.pk)).text
            links = re.findall(rf'href="(/admin/api/webhookendpoint/{endpoint.pk}/[a-z-]+/)"', text)
            tools = [link for link in links if "history" not in link]
            assert len(tools) == (4 if is_on else 2)
            for link in tools:
                assert client.get(link).status_code == 200


class TestList:
    def listed(self, client, query=""):
        answer = client.get(f"{page(WebhookDelivery)}{query}")
        return {delivery.pk for delivery in answer.context["cl"].result_list}

    def test_leaves_out_at_first_what_was_delivered(self, client, receiver):
        make_endpoint(receiver)
        [done] = happen()
        delivering.send_due()
        [waiting] = happen()

        assert self.listed(client) == {waiting.pk}
        assert self.listed(client, "?p=1") == {done.pk, waiting.pk}
        of_endpoint = f"?endpoint__id__exact={done.endpoint_id}"
        assert self.listed(client, of_endpoint) == {done.pk, waiting.pk}
