"""Plans, which staff do write."""

import pytest
from django.urls import reverse

from billing.models import CreditPlan
from tests.people import make_staff
from tests.staff import log_in, make_colleague

pytestmark = pytest.mark.django_db


def make_plan(**fields):
    return CreditPlan.objects.create(**{"slug": "small", "name": "Small", "credits": 10} | fields)


class TestPlans:
    def test_support_only_looks(self):
        client = log_in(make_colleague("Support"))
        url = reverse("admin:billing_creditplan_change", args=[make_plan().pk])

        assert client.get(url).status_code == 200
        assert client.post(url, {"name": "Free"}).status_code == 403

    def test_nobody_deletes_one(self):
        client = log_in(make_staff())
        plan = make_plan()
        url = reverse("admin:billing_creditplan_delete", args=[plan.pk])

        assert client.post(url, {"post": "yes"}).status_code == 403
        assert CreditPlan.objects.filter(pk=plan.pk).exists()
