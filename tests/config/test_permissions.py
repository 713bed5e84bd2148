"""Groups and their permissions as staff choose them."""

import pytest
from django.contrib.auth.models import Group, Permission

from tests.people import make_staff
from tests.staff import log_in, page

pytestmark = pytest.mark.django_db


class TestGroupPage:
    def test_keeps_what_a_group_has_when_it_is_saved_as_it_is_shown(self):
        group = Group.objects.get(name="Auditor")
        before = set(group.permissions.values_list("pk", flat=True))
        client = log_in(make_staff())
        form = client.get(page(Group, "change", group.pk)).context["adminform"].form

        client.post(
            page(Group, "change", group.pk),
            {"name": group.name, "permissions": [row.pk for row in form.initial["permissions"]]},
        )

        assert set(group.permissions.values_list("pk", flat=True)) == before

    def test_offers_nothing_of_tables_without_a_page(self):
        form = log_in(make_staff()).get(page(Group, "add")).context["adminform"].form
        offered = form.fields["permissions"].queryset

        assert offered.filter(codename="adjust_account").exists()
        without_page = Permission.objects.get(
            codename="delete_customer", content_type__app_label="billing"
        )
        assert without_page not in offered

    def test_deletes_a_group_that_has_permissions(self):
        group = Group.objects.get(name="Auditor")
        client = log_in(make_staff())
        address = page(Group, "delete", group.pk)

        assert client.get(address).status_code == 200
        client.post(address, {"post": "yes"})

        assert not Group.objects.filter(pk=group.pk).exists()
