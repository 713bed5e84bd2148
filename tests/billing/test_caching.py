"""A cache that is away costs work, and no page."""

import pytest
from django.core.cache.backends.base import BaseCache
from django.urls import reverse

from billing import caching
from tests.people import make_user
from tests.staff import log_in, make_colleague

pytestmark = pytest.mark.django_db


class Away(BaseCache):
    """A cache whose server does not answer."""

    def __init__(self, location, params):
        super().__init__(params)

    def _refuse(self, *args, **kwargs):
        raise ConnectionError("Connection refused.")

    add = get = set = delete = _refuse


@pytest.fixture
def away(settings):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.Away"}}


@pytest.mark.usefixtures("away")
class TestAway:
    def test_finds_nothing_and_keeps_nothing(self):
        caching.keep("key", 1, seconds=60)

        assert caching.find("key") is None
        assert caching.is_first("key", seconds=60)
        assert caching.is_first("key", seconds=60)

    def test_somebody_who_paid_sees_that_the_credits_are_there(self, client, shop):
        user = make_user()
        client.force_login(user)
        purchase = shop.open(user=user)
        shop.pay(purchase)  # and no webhook has come

        page = client.get(reverse("billing:purchase", args=[purchase.uuid]))

        purchase.refresh_from_db()
        assert (page.status_code, purchase.status) == (200, "paid")

    def test_staff_see_their_first_page(self):
        assert log_in(make_colleague("Auditor")).get(reverse("admin:index")).status_code == 200


class TestThere:
    def test_finds_what_is_kept(self):
        caching.keep("key", 1, seconds=60)

        assert caching.find("key") == 1

    def test_tells_the_first_from_the_others(self):
        asked = [caching.is_first("key:first", seconds=60) for _ in range(3)]

        assert asked == [True, False, False]
