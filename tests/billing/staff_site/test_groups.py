import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

pytestmark = pytest.mark.django_db


class TestAProjectWithGroupsOfItsOwn:
    def test_gets_none_of_ours(self, settings):
        settings.BILLING_STAFF_GROUPS = False
        Group.objects.all().delete()

        call_command("migrate", verbosity=0)

        assert not Group.objects.exists()

    def test_keeps_what_its_group_of_our_name_may_do_besides(self):
        support = Group.objects.get(name="Support")
        extra = Group.objects.get(name="Refunds").permissions.get(codename="issue_refund")
        support.permissions.set([extra])

        call_command("migrate", verbosity=0)

        assert extra in support.permissions.all()
