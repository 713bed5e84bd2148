"""Signatures as Standard Webhooks has them: checked by its own library, with each good secret."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from api.outgoing import delivering, signing, switching
from tests.api.outgoing.factories import again, happen, make_endpoint

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class TestHeaders:
    def test_are_verified_by_the_public_library(self):
        secret = signing.new_secret()

        headers = signing.headers(
            webhook_id="msg_1", body='{"ü":1}', signed_with=[secret], at=timezone.now()
        )

        assert Webhook(secret).verify('{"ü":1}', headers) == {"ü": 1}

    def test_are_of_this_body_alone(self):
        secret = signing.new_secret()
        headers = signing.headers(
            webhook_id="msg_1", body='{"a":1}', signed_with=[secret], at=timezone.now()
        )

        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify('{"a":2}', headers)

    def test_are_as_the_specification_has_them(self):
        """https://github.com/standard-webhooks/standard-webhooks: the example of its libraries."""
        at = datetime.fromtimestamp(1614265330, tz=UTC)

        headers = signing.headers(
            webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            body='{"test": 2432232314}',
            signed_with=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            at=at,
        )

        assert headers == {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }


class TestSecrets:
    def test_are_long_and_new_each_time(self):
        one, another = signing.new_secret(), signing.new_secret()

        assert one != another
        assert one.startswith("whsec_")
        assert len(one) == len("whsec_") + 44


@pytest.mark.django_db
class TestRolling:
    def verified_by(self, receiver):
        """Which secrets the newest delivery is signed with."""
        happen()
        delivering.send_due()
        return receiver.got[-1]

    def test_lets_both_secrets_be_good_for_a_while(self, receiver):
        old = make_endpoint(receiver)
        new = switching.roll_secret(old)

        got = self.verified_by(receiver)

        assert new.secret != old.secret
        assert got.verified_with(new.secret) == got.verified_with(old.secret) == got.event
        assert len(got.headers["webhook-signature"].split(" ")) == 2

    def test_ends_the_old_one_then(self, receiver):
        old = make_endpoint(receiver)
        new = switching.roll_secret(old, both_good_for=DAY)
        later = timezone.now() + DAY + HOUR

        assert again(new).secrets(at=timezone.now()) == (new.secret, old.secret)
        assert again(new).secrets(at=later) == (new.secret,)

    def test_ends_a_leaked_one_at_once(self, receiver):
        old = make_endpoint(receiver)
        new = switching.roll_secret(old, both_good_for=timedelta(0))

        got = self.verified_by(receiver)

        assert got.verified_with(new.secret)
        with pytest.raises(WebhookVerificationError):
            got.verified_with(old.secret)

    def test_forgets_the_old_one_with_the_daily_cleaning(self, receiver):
        new = switching.roll_secret(make_endpoint(receiver), both_good_for=DAY)

        delivering.prune(at=timezone.now())
        assert again(new).previous_secret
        delivering.prune(at=timezone.now() + DAY + HOUR)

        assert again(new).previous_secret == ""
        assert again(new).previous_secret_expires_at is None

    def test_keeps_no_third(self, receiver):
        first = make_endpoint(receiver)
        second = switching.roll_secret(first)
        third = switching.roll_secret(second)

        assert third.secrets(at=timezone.now()) == (third.secret, second.secret)
