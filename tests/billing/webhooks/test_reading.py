"""Which bodies are taken for events."""

import hashlib
import hmac
import json
import time

import pytest

from billing.webhooks import reading

SECRET = "whsec_one"


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.STRIPE_WEBHOOK_SECRET = [SECRET]
    settings.STRIPE_LIVE_MODE = False


def sign(body: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    stamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def body_of(**changes) -> bytes:
    event = {"id": "evt_1", "type": "charge.succeeded", "livemode": False, "data": {"object": {}}}
    return json.dumps({**event, **changes}).encode()


def deep(levels: int) -> list:
    return [deep(levels - 1)] if levels else []


def read(body: bytes, signature: str | None = None):
    return reading.read_event(body=body, signature=sign(body) if signature is None else signature)


NOT_EVENTS = {
    "nothing": b"",
    "cut short": b"{",
    "not text": b"\xff\xfe",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"text"',
    "a number": b"12",
    "an empty object": b"{}",
    "not a number": b"NaN",
    "an infinite number": body_of()[:-1] + b', "x": 1e999}',
    "a list without end": b"[" * 100_000,
    "a deep list": body_of(data=deep(500)),
    "a very deep object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a number as id": body_of(id=7),
    "an empty id": body_of(id=""),
    "a long id": body_of(id="e" * 300),
    "no type": body_of(type=None),
    "a long type": body_of(type="t" * 300),
    "a text as mode": body_of(livemode="false"),
    "no mode": body_of(livemode=None),
    "a hidden NaN": body_of(data={"object": {"x": float("nan")}}),
}


class TestReadEvent:
    def test_reads_a_signed_event(self):
        event = read(body_of(created=1_700_000_000, api_version="2026-08-26.dahlia"))

        assert (event.id, event.type, event.livemode) == ("evt_1", "charge.succeeded", False)
        assert event.api_version == "2026-08-26.dahlia"
        assert event.created_at.timestamp() == 1_700_000_000

    def test_takes_any_secret_while_one_is_rolled(self, settings):
        settings.STRIPE_WEBHOOK_SECRET = ["whsec_old", "whsec_new"]
        body = body_of()

        assert read(body, sign(body, secret="whsec_old"))
        assert read(body, sign(body, secret="whsec_new"))

    @pytest.mark.parametrize("seconds", [-299, 0, 299])
    def test_takes_a_timestamp_within_five_minutes(self, seconds):
        body = body_of()

        assert read(body, sign(body, at=time.time() + seconds))

    @pytest.mark.parametrize("seconds", [-302, 302, -86_400, 86_400])
    def test_refuses_a_timestamp_beyond_five_minutes_both_ways(self, seconds):
        body = body_of()

        with pytest.raises(reading.WebhookRefused):
            read(body, sign(body, at=time.time() + seconds))

    @pytest.mark.parametrize(("seconds", "direction"), [(-3600, "behind"), (3600, "ahead of")])
    def test_says_that_it_is_the_time_and_not_the_secret(self, seconds, direction):
        body = body_of()

        with pytest.raises(
            reading.WebhookRefused,
            match=rf"signature is right.* 3\d\d\d seconds {direction} this host's clock",
        ):
            read(body, sign(body, at=time.time() + seconds))

    def test_says_nothing_of_the_time_where_the_secret_is_wrong(self):
        body = body_of()

        with pytest.raises(reading.WebhookRefused, match=r"^No secret of ours"):
            read(body, sign(body, secret="whsec_other", at=time.time() - 3600))

    @pytest.mark.parametrize(
        "signature",
        [
            "",
            "t=1",
            "v1=00",
            "t=x,v1=00",
            "t=,v1=",
            "t=1,v1=ü",
            ",,,",
            "t=99999999999999999999999,v1=00",
            "t=1,v0=00",
        ],
    )
    def test_refuses_a_header_that_is_no_signature(self, signature):
        with pytest.raises(reading.WebhookRefused):
            read(body_of(), signature)

    def test_refuses_another_secret(self):
        body = body_of()

        with pytest.raises(reading.WebhookRefused):
            read(body, sign(body, secret="whsec_other"))

    def test_refuses_a_body_that_was_changed(self):
        with pytest.raises(reading.WebhookRefused):
            read(body_of(id="evt_2"), sign(body_of()))

    def test_refuses_a_body_that_was_cut_short(self):
        with pytest.raises(reading.WebhookRefused):
            read(body_of()[:-3], sign(body_of()))

    @pytest.mark.parametrize("body", NOT_EVENTS.values(), ids=NOT_EVENTS)
    def test_refuses_what_is_not_an_event(self, body):
        with pytest.raises(reading.WebhookRefused) as refusal:
            read(body)

        assert refusal.value.status == 400

    def test_refuses_an_event_of_the_other_mode(self):
        with pytest.raises(reading.WebhookRefused, match="other mode"):
            read(body_of(livemode=True))

    def test_takes_half_a_megabyte(self):
        padding = reading.LARGEST_BODY - len(body_of(padding=""))

        assert read(body_of(padding="x" * padding))

    def test_refuses_more_than_half_a_megabyte(self):
        with pytest.raises(reading.WebhookTooLarge) as refusal:
            read(body_of(padding="x" * 600_000))

        assert refusal.value.status == 413

    def test_asks_stripe_to_come_again_while_no_secret_is_set(self, settings):
        settings.STRIPE_WEBHOOK_SECRET = []

        with pytest.raises(reading.WebhookSecretMissing) as refusal:
            read(body_of())

        assert refusal.value.status == 503

    def test_replaces_what_postgresql_cannot_store(self):
        event = read(body_of(data={"object": {"nul\x00": ["half \ud800", "whole \U0001f600"]}}))

        assert event.object == {"nul\ufffd": ["half \ufffd", "whole \U0001f600"]}

    @pytest.mark.parametrize("data", [None, 1, [], {"object": 1}, {}])
    def test_reads_an_event_without_an_object_as_empty(self, data):
        assert read(body_of(data=data)).object == {}
