import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.views import paging
from credits import ledger
from credits.models import Account, Lot, Operation
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(client):
    user = make_user()
    client.force_login(user)
    return Account.objects.for_user(user)


def fill(account, *, spends):
    ledger.grant(account=account, credits=10_000, source=f"f{account.pk}", kind=Lot.Kind.PROMOTION)
    for number in range(spends):
        ledger.spend(account=account, credits=1, key=f"job-{number}", description=f"Job {number}")


def show(client, **query):
    return client.get(reverse("billing:history"), query)


class TestHistory:
    def test_lists_what_happened_newest_first(self, client, account):
        fill(account, spends=1)

        text = show(client).text

        assert text.index("Job 0") < text.index("+10,000")
        assert "+10,000" in text
        assert "\N{MINUS SIGN}1" in text

    def test_goes_on_where_the_page_before_ended(self, client, account):
        fill(account, spends=paging.ROWS + 5)

        first = show(client)
        second = show(client, before=first.context["page"].older)

        seen = [row.seq for page in (first, second) for row in page.context["page"].rows]
        assert seen == list(range(paging.ROWS + 6, 0, -1))
        assert second.context["page"].older == ""

    def test_filters_by_what_happened(self, client, account):
        fill(account, spends=2)

        added = show(client, show="added").context["page"].rows
        used = show(client, show="used").context["page"].rows

        assert [row.kind for row in added] == ["GRANT"]
        assert [row.kind for row in used] == ["SPEND", "SPEND"]

    def test_says_so_where_nothing_matches(self, client, account):
        fill(account, spends=0)

        assert "Nothing of this kind" in show(client, show="expired").text

    def test_is_kind_to_somebody_new(self, client):
        client.force_login(make_user())

        assert "Nothing has happened yet" in show(client).text

    def test_shows_nobody_elses(self, client, account):
        fill(Account.objects.for_user(make_user()), spends=1)

        assert "Job 0" not in show(client).text

    def test_leads_from_added_credits_to_their_purchase(self, client, account, shop):
        purchase = shop.sell(user=account.user)

        assert reverse("billing:purchase", args=[purchase.uuid]) in show(client).text

    def test_asks_the_database_no_more_often_for_more_rows(
        self, client, account, django_assert_max_num_queries
    ):
        fill(account, spends=40)

        client.get(reverse("billing:overview"))  # the language is noted once
        with django_assert_max_num_queries(8):
            show(client)

    def test_narrows_down_by_month_and_leads_to_its_statement(self, client, account):
        fill(account, spends=1)
        ledger.spend(account=account, credits=2, key="old", at=datetime(2026, 3, 5, tzinfo=UTC))

        shown = show(client, month="2026-03")

        assert [row.amount for row in shown.context["page"].rows] == [-2]
        assert reverse("billing:statement", args=[date(2026, 3, 1)]) in shown.text

    @pytest.mark.parametrize("month", ["2026-13", "2026", "9999-12", "x" * 500, "0000-01"])
    def test_knows_no_month_that_is_none(self, client, account, month):
        assert show(client, month=month).status_code == 404

    @pytest.mark.parametrize("text", ["transCRIBE", "interview", "a text"])
    def test_finds_a_text_in_the_operation_its_name_and_the_description(
        self, client, account, text
    ):
        fill(account, spends=3)
        Operation.objects.create(slug="transcribe-audio", name="Make a text", base=1)
        ledger.spend(
            account=account,
            credits=5,
            key="job",
            operation="transcribe-audio",
            description="Interview with Ada",
        )

        shown = show(client, q=text)

        assert [row.amount for row in shown.context["page"].rows] == [-5]
        assert f'value="{text}"' in shown.text

    def test_takes_no_text_for_a_pattern(self, client, account):
        fill(account, spends=3)

        for text in ("%", "_", "\\", "'"):
            assert show(client, q=text).context["page"].rows == []

    def test_keeps_what_was_chosen_on_the_next_page_and_in_the_file(self, client, account):
        fill(account, spends=paging.ROWS + 5)

        shown = show(client, show="used", q="Job").text

        older = "?show=used&amp;q=Job&amp;before=7"
        assert older in shown
        assert f'{reverse("billing:history_csv")}?show=used&amp;q=Job"' in shown


class TestHistoryAsCsv:
    def read(self, client, **query):
        response = client.get(reverse("billing:history_csv"), query)
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        return response, list(csv.DictReader(io.StringIO(text)))

    def test_has_every_operation_oldest_first(self, client, account):
        fill(account, spends=2)

        response, rows = self.read(client)

        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert [row["credits"] for row in rows] == ["10000", "-1", "-1"]
        assert [row["balance"] for row in rows] == ["10000", "9999", "9998"]
        assert rows[1]["kind"] == "used"
        assert rows[1]["time"].endswith("+00:00")

    def test_filters_as_the_page_does(self, client, account):
        fill(account, spends=2)

        assert len(self.read(client, show="added")[1]) == 1

    def test_says_that_it_is_utf_8(self, client, account):
        fill(account, spends=0)
        ledger.spend(account=account, credits=1, key="k", description="入门套餐")

        body = b"".join(client.get(reverse("billing:history_csv")).streaming_content)

        assert body.startswith(b"\xef\xbb\xbf")
        assert body.count(b"\xef\xbb\xbf") == 1
        assert self.read(client)[1][-1]["description"] == "入门套餐"

    def test_runs_no_formula_and_leaves_numbers_alone(self, client, account):
        fill(account, spends=0)
        ledger.spend(account=account, credits=1, key="k", description="=1+1")

        last = self.read(client)[1][-1]

        assert (last["credits"], last["description"]) == ("-1", "'=1+1")

    def test_of_somebody_new_is_headings_only(self, client):
        client.force_login(make_user())

        response = client.get(reverse("billing:history_csv"))

        assert b"".join(response.streaming_content) == (
            b'\xef\xbb\xbf"number","time","kind","credits","balance","operation","description"\r\n'
        )

    def test_takes_rows_in_batches_and_loses_none(self, account, django_assert_num_queries):
        fill(account, spends=24)

        def after(last):
            rows = account.transactions.order_by("seq")
            return rows.filter(seq__gt=last.seq) if last else rows

        with django_assert_num_queries(3):
            rows = list(paging.stream(after, batch=10))

        assert [row.seq for row in rows] == list(range(1, 26))


class TestStatement:
    def at(self, client, month):
        return client.get(reverse("billing:statement", args=[month]))

    def test_adds_up_a_month(self, client, account, shop):
        now = timezone.now()
        shop.sell(user=account.user, plan=shop.plan(credits=100, unit_amount=999))
        ledger.spend(account=account, credits=30, key="job")

        response = self.at(client, now.date())

        made = response.context["statement"]
        assert (made.opening, made.closing) == (0, 70)
        assert [(line.term.slug, line.credits) for line in made.lines] == [
            ("added", 100),
            ("used", -30),
        ]
        assert made.paid == [("usd", 999)]
        assert "$9.99" in response.text

    def test_shows_refunds(self, client, account, shop):
        purchase = shop.sell(user=account.user, plan=shop.plan(unit_amount=1000))
        shop.refund(purchase, 400)
        shop.deliver()

        made = self.at(client, timezone.now().date()).context["statement"]

        assert made.refunded == [("usd", 400)]
        assert made.closing == 60

    def test_begins_where_the_month_before_ended(self, client, account):
        now = timezone.now()
        before = now.replace(day=1, hour=12) - timedelta(days=10)
        Account.objects.filter(pk=account.pk).update(created_at=before)
        ledger.grant(account=account, credits=50, source="a", kind=Lot.Kind.PROMOTION, at=before)
        ledger.spend(account=account, credits=8, key="b")

        earlier = self.at(client, before.date()).context["statement"]
        made = self.at(client, now.date()).context["statement"]

        assert (earlier.opening, earlier.closing) == (0, 50)
        assert (made.opening, made.closing) == (50, 42)

    def test_says_that_a_running_month_is_not_over(self, client, account):
        assert "This month is not over" in self.at(client, timezone.now().date()).text

    def test_is_not_found_before_the_account_was_opened_or_in_the_future(self, client, account):
        now = timezone.now().date()

        assert self.at(client, now - timedelta(days=40)).status_code == 404
        assert self.at(client, now + timedelta(days=40)).status_code == 404

    def test_asks_the_database_no_more_often_for_more_rows(
        self, client, account, shop, django_assert_max_num_queries
    ):
        for _ in range(4):
            shop.refund(shop.sell(user=account.user), 100)
        shop.deliver()
        fill(account, spends=20)

        self.at(client, timezone.now().date())  # the language is noted, and its number made, once
        with django_assert_max_num_queries(12):
            self.at(client, timezone.now().date())
