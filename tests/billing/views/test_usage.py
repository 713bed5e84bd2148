from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credits.models import Account
from tests.credits.factories import make_lot, make_operation, make_spend
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(client):
    user = make_user()
    client.force_login(user)
    account = Account.objects.for_user(user)
    make_lot(account=account, credits=10_000, at=timezone.now() - timedelta(days=60))
    return account


class TestUsage:
    def test_shows_what_credits_were_used_for_as_bars_and_as_a_table(self, client, account):
        make_operation(slug="transcribe", name="Transcription")
        make_spend(account=account, credits=1200, operation="transcribe")
        make_spend(account=account, credits=34)

        shown = client.get(reverse("billing:usage"))

        assert "In 30 days 1,234 credits were used." in shown.text
        assert "Transcription: 1,200</title>" in shown.text
        assert [use.name for use in shown.context["usage"].uses] == ["Transcription", ""]
        assert "style=" not in shown.text

    def test_says_how_long_credits_last_at_the_rate_of_late(self, client, account):
        now = timezone.now()
        for ago in range(10):
            make_spend(account=account, credits=10, at=now - timedelta(days=ago))

        shown = client.get(reverse("billing:usage"), {"days": "7"}).text

        assert "In the last 10 days you used 100 credits." in shown
        assert "your credits last for a year or longer" in shown

    def test_counts_expiry(self, client, account):
        now = timezone.now()
        for ago in range(10):
            make_spend(account=account, credits=999, at=now - timedelta(days=ago))
        make_lot(account=account, credits=5000, expires_at=now + timedelta(days=3, hours=1))

        # 10 left for good, and four days of what expires
        assert "expire, 4 days are left" in client.get(reverse("billing:usage")).text

    def test_guesses_nothing(self, client, account):
        make_spend(account=account, credits=1200)

        assert "At this rate" not in client.get(reverse("billing:usage")).text

    def test_shows_a_person_their_own(self, client, account):
        other = Account.objects.for_user(make_user())
        make_lot(account=other, credits=100)
        make_spend(account=other, credits=77, operation="secret")

        assert "secret" not in client.get(reverse("billing:usage")).text

    @pytest.mark.parametrize(("days", "shown"), [("7", 7), ("90", 90)])
    def test_goes_back_as_far_as_asked(self, client, account, days, shown):
        answer = client.get(reverse("billing:usage"), {"days": days})

        assert len(answer.context["usage"].days) == shown

    @pytest.mark.parametrize("days", ["0", "8", "x", "", "9" * 5000])
    def test_goes_no_other_way(self, client, account, days):
        assert client.get(reverse("billing:usage"), {"days": days}).status_code == 404

    def test_says_so_where_nothing_was_used(self, client, account):
        assert "No credits were used in these days." in client.get(reverse("billing:usage")).text

    def test_is_kind_to_somebody_who_has_nothing(self, client):
        client.force_login(make_user())

        assert "Nothing has happened yet" in client.get(reverse("billing:usage")).text
        assert not Account.objects.exists()

    def test_is_for_people_who_are_signed_in(self, client):
        assert client.get(reverse("billing:usage")).status_code == 302

    def test_asks_the_database_no_more_often_for_more_rows(
        self, client, account, django_assert_max_num_queries
    ):
        for number in range(12):
            make_spend(account=account, operation=f"operation-{number}")

        client.get(reverse("billing:usage"))  # the language is noted once
        with django_assert_max_num_queries(8):
            client.get(reverse("billing:usage"))
