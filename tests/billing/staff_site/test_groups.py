import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from api.models import ApiKey, WebhookDelivery, WebhookEndpoint
from tests.staff import log_in, make_colleague, page

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


class TestWhoeverHelpsCustomers:
    @pytest.mark.parametrize("name", ["Support", "Refunds", "Auditor"])
    def test_looks_at_keys_and_webhooks_and_changes_none(self, name):
        codenames = (
            Group.objects.get(name=name)
            .permissions.filter(content_type__app_label="api")
            .values_list("codename", flat=True)
        )

        assert {"view_apikey", "view_webhookendpoint", "view_webhookdelivery"} <= {*codenames}
        assert all(codename.startswith("view_") for codename in codenames)

    def test_finds_them_in_the_admin_without_a_button_to_change(self):
        client = log_in(make_colleague("Support"))

        for model in (ApiKey, WebhookEndpoint, WebhookDelivery):
            assert client.get(page(model)).status_code == 200
        assert client.get(page(ApiKey, "add")).status_code == 403
        assert client.get(page(WebhookEndpoint, "add")).status_code == 403
