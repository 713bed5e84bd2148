"""Who guesses is stopped; who owns the account is not."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.accounts import limits
from tests.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db

STRANGER, OWNER = "192.0.2.66", "198.51.100.7"
REFUSED = "Too many failed attempts."
SLOWED_DOWN = "Somebody is trying many passwords for this account."


@pytest.fixture(autouse=True)
def clock():
    """Time that stands still, and nothing counted yet."""
    cache.clear()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def ada():
    return make_user(email="ada@example.com")


def attempt(*, password, address, client=None, email="ada@example.com"):
    return (client or Client(REMOTE_ADDR=address)).post(
        reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=address
    )


def is_in(answer):
    return answer.status_code == 302


def guess(*, times, address=None):
    for number in range(times):
        attempt(password=f"guess {number}", address=address or f"203.0.113.{number}")


class TestOneAddress:
    def test_has_five_attempts(self, ada):
        guess(times=5, address=STRANGER)

        answer = attempt(password=PASSWORD, address=STRANGER)

        assert not is_in(answer)
        assert REFUSED in answer.text

    def test_has_five_more_after_five_minutes(self, ada, clock):
        guess(times=5, address=STRANGER)
        clock.shift(timedelta(minutes=5, seconds=1))

        assert is_in(attempt(password=PASSWORD, address=STRANGER))

    def test_is_not_helped_by_capitals(self, ada):
        for email in ("ADA@example.com", "Ada@Example.com", " ada@example.com"):
            attempt(password="x", address=STRANGER, email=email)
        guess(times=2, address=STRANGER)

        assert REFUSED in attempt(password=PASSWORD, address=STRANGER).text

    def test_is_the_whole_network_that_a_subscriber_has(self, ada):
        for number in range(5):
            attempt(password=f"guess {number}", address=f"2001:db8:1:2::{number + 1}")

        assert not is_in(attempt(password=PASSWORD, address="2001:db8:1:2:3:4:5:6"))
        assert is_in(attempt(password=PASSWORD, address="2001:db8:1:3::1"))

    def test_keeps_nobody_else_out(self, ada):
        guess(times=9, address=STRANGER)

        assert is_in(attempt(password=PASSWORD, address=OWNER))

    def test_tries_no_more_by_signing_in_to_an_account_of_its_own(self, ada):
        make_user(email="mallory@example.com")
        client = Client()
        for _ in range(5):
            attempt(password="guess", address=STRANGER, client=client)
        attempt(password=PASSWORD, address=STRANGER, client=client, email="mallory@example.com")
        client.post(reverse("account_logout"))

        assert limits.COOKIE in client.cookies
        assert REFUSED in attempt(password=PASSWORD, address=STRANGER, client=client).text


class TestManyAddresses:
    def test_are_slowed_down(self, ada, clock):
        guess(times=20)
        assert is_in(attempt(password=PASSWORD, address=OWNER))  # one a pause
        answer = attempt(password=PASSWORD, address="198.51.100.8")

        assert not is_in(answer)
        assert SLOWED_DOWN in answer.text

        clock.shift(timedelta(seconds=6))
        assert is_in(attempt(password=PASSWORD, address="198.51.100.8"))

    def test_do_not_slow_down_a_browser_that_was_here_before(self, ada):
        client = Client()
        attempt(password=PASSWORD, address=OWNER, client=client)
        client.post(reverse("account_logout"))
        guess(times=30)

        assert SLOWED_DOWN in attempt(password=PASSWORD, address=OWNER).text
        assert is_in(attempt(password=PASSWORD, address=OWNER, client=client))

    def test_leave_that_browser_five_attempts(self, ada):
        client = Client()
        attempt(password=PASSWORD, address=OWNER, client=client)
        client.post(reverse("account_logout"))
        for number in range(5):
            attempt(password="x", address=f"203.0.113.{number}", client=client)

        assert REFUSED in attempt(password=PASSWORD, address=OWNER, client=client).text

    def test_gain_nothing_by_a_forged_cookie(self, ada):
        client = Client()
        client.cookies[limits.COOKIE] = "made-up:1abcde:signature"
        guess(times=5, address=STRANGER)

        assert REFUSED in attempt(password=PASSWORD, address=STRANGER, client=client).text


class TestTheRight:
    def test_password_costs_no_attempt(self, ada):
        for _ in range(9):
            assert is_in(attempt(password=PASSWORD, address=OWNER))

        guess(times=4, address=OWNER)
        assert is_in(attempt(password=PASSWORD, address=OWNER))
