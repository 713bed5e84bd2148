"""Vouchers as staff see them: made, exported once, switched off, and who redeemed what."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from billing import vouchers
from billing.models import Voucher, VoucherBatch, VoucherRedemption
from credits.admin import notes
from tests.billing.vouchers.factories import make_batch, make_code, make_codes
from tests.people import make_user
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db

NEW = {
    "name": "Spring fair",
    "credits": "50",
    "valid_for_days": "30",
    "size": "3",
    "uses": "2",
    "once_a_person": "on",
}
TABLES = [VoucherBatch, Voucher, VoucherRedemption]


def redeemed(**fields):
    return vouchers.redeem(user=make_user(), code=make_code(**fields))


def export_page(batch):
    return reverse("admin:billing_voucherbatch_export", args=[batch.pk])


class TestMaking:
    def test_makes_the_codes(self):
        editor = make_colleague("Catalog")

        log_in(editor).post(page(VoucherBatch, "add"), NEW)

        batch = VoucherBatch.objects.get()
        assert (batch.name, batch.credits, batch.valid_for_days) == ("Spring fair", 50, 30)
        assert (batch.size, batch.uses, batch.once_a_person) == (3, 2, True)
        assert batch.made_by == f"staff:{editor.pk}"
        assert batch.vouchers.count() == 3
        assert LogEntry.objects.get().object_id == str(batch.pk)

    @pytest.mark.parametrize(
        ("field", "fields"),
        [
            ("size", {"size": "10001"}),
            ("uses", {"uses": "1000001"}),
            ("credits", {"credits": "1000000000000"}),
            ("credits", {"credits": "0"}),
            (
                "ends_at",
                {
                    "starts_at_0": "2026-05-02",
                    "starts_at_1": "12:00",
                    "ends_at_0": "2026-05-01",
                    "ends_at_1": "12:00",
                },
            ),
        ],
    )
    def test_says_beside_the_field_what_no_batch_has(self, field, fields):
        client = log_in(make_colleague("Catalog"))

        answer = client.post(page(VoucherBatch, "add"), {**NEW, **fields})

        assert field in answer.context["adminform"].form.errors
        assert not VoucherBatch.objects.exists()

    def test_is_not_for_support(self):
        client = log_in(make_colleague("Support"))

        assert client.post(page(VoucherBatch, "add"), NEW).status_code == 403

    def test_leaves_the_terms_alone_afterwards(self):
        batch, client = make_batch(), log_in(make_colleague("Catalog"))

        client.post(page(VoucherBatch, "change", batch.pk), {**NEW, "name": "Summer"})

        batch.refresh_from_db()
        assert (batch.name, batch.is_active) == ("Summer", False)
        assert (batch.credits, batch.size, batch.seed is None) == (50, 1, False)

    def test_is_never_undone(self):
        batch, client = make_batch(), log_in(make_colleague("Catalog"))

        assert client.post(page(VoucherBatch, "delete", batch.pk)).status_code == 403


class TestExport:
    def test_is_a_file_with_every_code(self):
        batch = make_batch(size=2, name="=1+1")

        answer = log_in(make_colleague("Catalog")).post(export_page(batch))

        rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
        assert answer["Content-Disposition"] == f'attachment; filename="vouchers-{batch.pk}.csv"'
        assert "no-store" in answer["Cache-Control"]
        assert [row["number"] for row in rows] == ["1", "2"]
        assert {row["name"] for row in rows} == {"'=1+1"}
        assert vouchers.redeem(user=make_user(), code=rows[1]["code"]).voucher.number == 2

    def test_happens_once_and_is_noted(self):
        batch, editor = make_batch(), make_colleague("Catalog")
        client = log_in(editor)
        client.post(export_page(batch))

        again = client.post(export_page(batch), follow=True)

        assert f"not here any more: {editor.email} exported them at" in again.text
        assert "text/html" in again["Content-Type"]
        [entry] = LogEntry.objects.all()
        assert notes.say(entry) == "Exported codes: 1."

    def test_says_first_what_it_does(self):
        batch = make_batch()

        answer = log_in(make_colleague("Catalog")).get(export_page(batch))

        assert "can be downloaded once" in answer.text
        batch.refresh_from_db()
        assert batch.exported_at is None

    def test_is_not_for_support(self):
        batch, client = make_batch(), log_in(make_colleague("Support"))

        assert client.post(export_page(batch)).status_code == 403
        assert export_page(batch) not in client.get(page(VoucherBatch, "change", batch.pk)).text


class TestSwitching:
    def test_turns_one_code_off_and_on(self):
        voucher = make_batch().vouchers.get()
        client = log_in(make_colleague("Catalog"))
        address = reverse("admin:billing_voucher_switch", args=[voucher.pk])

        assert "Nobody can redeem this code any more" in client.get(address).text
        client.post(address)
        voucher.refresh_from_db()
        assert not voucher.is_active
        client.post(address)
        voucher.refresh_from_db()
        assert voucher.is_active

        said = [notes.say(entry) for entry in LogEntry.objects.order_by("pk")]
        assert said == ["Switched off.", "Switched on."]

    def test_is_not_for_support(self):
        voucher, client = make_batch().vouchers.get(), log_in(make_colleague("Support"))
        address = reverse("admin:billing_voucher_switch", args=[voucher.pk])

        assert client.post(address).status_code == 403


class TestReading:
    @pytest.mark.parametrize("model", TABLES)
    def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(self, model):
        client = log_in(make_colleague("Support"))
        redeemed()
        client.get(page(model))
        few = queries_of(client, page(model))

        for _ in range(4):
            redeemed()

        assert queries_of(client, page(model)) == few

    @pytest.mark.parametrize("model", TABLES)
    def test_support_sees_each_row(self, model):
        client = log_in(make_colleague("Support"))
        redeemed()

        answer = client.get(page(model, "change", model.objects.get().pk))

        assert answer.status_code == 200
        assert 'name="_save"' not in answer.text

    def test_says_who_redeemed_what(self):
        redemption = redeemed(name="Spring fair", credits=1234)

        text = log_in(make_colleague("Support")).get(page(VoucherRedemption)).text

        assert redemption.account.user.email in text
        assert "Spring fair" in text
        assert "1,234" in text

    def test_counts_how_often_a_batch_was_redeemed(self):
        code = make_code(uses=3)
        for _ in range(2):
            vouchers.redeem(user=make_user(), code=code)

        found = log_in(make_colleague("Support")).get(page(VoucherBatch)).context["cl"].queryset

        assert [batch.times_redeemed for batch in found] == [2]

    def search(self, model, **query):
        client = log_in(make_colleague("Support"))
        return [row.pk for row in client.get(page(model), query).context["cl"].queryset]

    def test_finds_by_a_code_in_any_spelling_by_its_beginning_and_by_person(self):
        codes, user = make_codes(size=3), make_user()
        redemption = vouchers.redeem(user=user, code=codes[1])
        wanted = [redemption.voucher_id]

        assert self.search(Voucher, q=codes[1]) == wanted
        assert self.search(Voucher, q=codes[1].lower().replace("-", " ")) == wanted
        assert self.search(Voucher, q=codes[1][:4]) == wanted
        assert self.search(VoucherRedemption, q=codes[1]) == [redemption.pk]
        assert self.search(VoucherRedemption, q=codes[2]) == []
        assert self.search(VoucherRedemption, q=user.email) == [redemption.pk]

    def test_filters_by_batch_and_by_use(self):
        redemption = redeemed()
        make_batch()

        assert self.search(Voucher, redeemed="yes") == [redemption.voucher_id]
        assert redemption.voucher_id not in self.search(Voucher, redeemed="no")
        assert self.search(Voucher, batch__id__exact=redemption.batch_id) == [redemption.voucher_id]
        of_voucher = {"voucher__id__exact": redemption.voucher_id}
        assert self.search(VoucherRedemption, **of_voucher) == [redemption.pk]
