"""The page on which a voucher's code becomes credits."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing import vouchers
from credits import ledger
from credits.models import Account
from tests.billing.vouchers.factories import make_code
from tests.people import make_user

pytestmark = pytest.mark.django_db

PAGE = "/billing/redeem/"
REFUSED = "This code gives you no credits."


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


def send(client, code, **headers):
    return client.post(PAGE, {"code": code}, **headers)


class TestRedeem:
    def test_gives_the_credits_and_says_so(self, client, user):
        response = client.post(PAGE, {"code": make_code(name="Spring fair")}, follow=True)

        assert response.redirect_chain == [(reverse("billing:overview"), 303)]
        assert "50 credits were added: Spring fair." in response.text
        assert ledger.balance(Account.objects.get(user=user)) == 50

    def test_says_the_same_of_every_code_that_gives_nothing(self, client, user):
        used = make_code()
        vouchers.redeem(user=make_user(), code=used)
        later = make_code(starts_at=timezone.now() + timedelta(days=1))
        over = make_code(ends_at=timezone.now() - timedelta(days=1))

        pages = [send(client, code) for code in ("7K3M-9QXD-0VTB-2HNC", used, later, over)]

        assert {page.status_code for page in pages} == {400}
        assert all(REFUSED in page.text for page in pages)
        assert not Account.objects.get(user=user).lots.exists()

    def test_tells_a_person_what_they_redeemed_before(self, client, user):
        code = make_code()
        send(client, code)

        answer = send(client, code)

        assert answer.status_code == 400
        assert "You redeemed this code before" in answer.text
        assert "for 50 credits" in answer.text

    def test_asks_for_a_code_where_none_was_typed(self, client, user):
        answer = send(client, " ")

        assert answer.status_code == 400
        assert "Type the code of your voucher." in answer.text

    def test_limits_guessing_by_person(self, client, user, settings):
        settings.BILLING_VOUCHER_ATTEMPTS_PER_HOUR = 1
        send(client, "A")

        answer = send(client, make_code())

        assert answer.status_code == 429
        assert 1 <= int(answer["Retry-After"]) <= 3600
        assert "You can try again after" in answer.text

    def test_limits_guessing_by_the_address_that_a_trusted_proxy_saw(self, client, settings):
        settings.BILLING_VOUCHER_ATTEMPTS_PER_HOUR = 1
        settings.BILLING_TRUSTED_PROXIES = 1
        forged = iter(range(1, 100))

        def send_from(address):
            client.force_login(make_user())
            seen = f"198.51.100.{next(forged)}, {address}"
            return send(client, "A", headers={"X-Forwarded-For": seen}).status_code

        assert [send_from("192.0.2.1") for _ in range(11)] == [400] * 10 + [429]
        assert send_from("192.0.2.2") == 400

    def test_believes_no_header_without_a_proxy(self, client, settings):
        settings.BILLING_VOUCHER_ATTEMPTS_PER_HOUR = 1

        def send_from(address):
            client.force_login(make_user())
            return send(client, "A", headers={"X-Forwarded-For": address}).status_code

        assert [send_from(f"192.0.2.{n}") for n in range(11)] == [400] * 10 + [429]

    def test_asks_the_unverified_for_proof(self, client):
        client.force_login(make_user(verified=False))

        answer = client.post(PAGE, {"code": make_code()}, follow=True)

        assert "Confirm your e-mail address first" in answer.text

    def test_is_for_people_who_are_signed_in_and_never_kept(self, client, user):
        assert "no-store" in client.get(PAGE)["Cache-Control"]
        client.logout()

        assert client.get(PAGE)["Location"] == f"{reverse('account_login')}?next={PAGE}"

    def test_is_reached_from_the_first_page(self, client, user):
        assert PAGE in client.get(reverse("billing:overview")).text


class TestItsTrace:
    def test_is_told_in_words_on_every_page(self, client, user):
        send(client, make_code(name="Spring fair"))

        for address in (
            reverse("billing:overview"),
            reverse("billing:history"),
            reverse("billing:statement", args=[timezone.now().date()]),
        ):
            text = client.get(address).text
            assert "Spring fair" in text
            assert "Voucher redeemed" in text or "Vouchers redeemed" in text
        assert "Spring fair" in client.get(reverse("billing:history_csv")).getvalue().decode()
