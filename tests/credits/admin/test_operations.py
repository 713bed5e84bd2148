"""The price list as staff edit it."""

from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry

from credits.models import Operation
from tests.credits.factories import make_operation
from tests.people import make_staff
from tests.staff import log_in, make_colleague, page

pytestmark = pytest.mark.django_db


def edited(*operations, **changes):
    """What the list sends when the first row is edited."""
    data = {"form-TOTAL_FORMS": len(operations), "form-INITIAL_FORMS": len(operations)}
    for number, operation in enumerate(operations):
        values = {"id": operation.pk, "base": operation.base, "per_unit": operation.per_unit}
        values |= {"is_active": "on"} if operation.is_active else {}
        values |= changes if number == 0 else {}
        data |= {f"form-{number}-{name}": value for name, value in values.items()}
    return data | {"_save": "Save"}


class TestPriceList:
    def test_catalog_adds_to_it(self):
        client = log_in(make_colleague("Catalog"))

        client.post(
            page(Operation, "add"),
            {
                "name": "Transcription",
                "slug": "transcribe",
                "base": "2",
                "per_unit": "0.25",
                "unit": "minute",
                "is_active": "on",
            },
        )

        operation = Operation.objects.get()
        assert (operation.slug, operation.base, operation.unit) == ("transcribe", 2, "minute")
        assert operation.per_unit == Decimal("0.25")

    def test_a_price_is_changed_in_the_list_and_stands_in_its_history(self):
        first, second = make_operation(slug="a"), make_operation(slug="b")
        client = log_in(make_colleague("Catalog"))

        client.post(page(Operation), edited(first, second, base="9", is_active=""))

        first.refresh_from_db()
        assert (first.base, first.is_active) == (9, False)
        [entry] = LogEntry.objects.all()
        assert entry.object_id == str(first.pk)
        assert "credits for each use" in str(entry.get_change_message()).lower()

    def test_is_saved_by_a_button_and_shows_prices_as_people_write_them(self):
        make_operation(per_unit=Decimal("0.25"), unit="minute")

        shown = log_in(make_colleague("Catalog")).get(page(Operation)).text

        assert 'name="_save"' in shown
        assert 'value="0.25"' in shown

    def test_a_slug_stays(self):
        operation = make_operation(slug="transcribe", name="Transcription")
        client = log_in(make_colleague("Catalog"))

        client.post(
            page(Operation, "change", operation.pk),
            {"name": "Speech to text", "slug": "other", "base": "1", "per_unit": "0"},
        )

        operation.refresh_from_db()
        assert (operation.slug, operation.name) == ("transcribe", "Speech to text")

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"slug": "Image large"}, "Small letters, digits"),
            ({"slug": "taken"}, "already exists"),
            ({"per_unit": "1"}, "Say what a unit is"),
            ({"per_unit": "0.0000001"}, "no more than 6 decimal places"),
            ({"base": "-1"}, "greater than or equal to 0"),
            ({"base": str(2**53)}, "less than or equal to 9007199254740991"),
        ],
    )
    def test_says_what_cannot_be(self, values, words):
        make_operation(slug="taken")
        client = log_in(make_colleague("Catalog"))
        right = {"name": "Image", "slug": "image", "base": "1", "per_unit": "0", "is_active": "on"}

        shown = client.post(page(Operation, "add"), right | values)

        assert words in shown.text
        assert Operation.objects.count() == 1

    def test_nobody_deletes_from_it(self):
        operation = make_operation()
        client = log_in(make_staff())

        answer = client.post(page(Operation, "delete", operation.pk), {"post": "yes"})

        assert answer.status_code == 403
        assert Operation.objects.exists()

    @pytest.mark.parametrize("group", ["Support", "Auditor", "Refunds"])
    def test_others_look_at_it(self, group):
        operation = make_operation()
        client = log_in(make_colleague(group))

        shown = client.get(page(Operation, "change", operation.pk))
        answer = client.post(page(Operation), edited(operation, base="9"))

        assert shown.status_code == 200
        assert 'name="_save"' not in shown.text
        assert answer.status_code in {200, 302, 403}
        operation.refresh_from_db()
        assert operation.base == 1
