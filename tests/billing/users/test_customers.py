"""A user is one customer at Stripe, whose address is that of today."""

import pytest

from billing import stripe_gateway
from billing.models import Customer
from billing.users import customers
from tests.people import make_user

pytestmark = pytest.mark.django_db


def change_address(user, email):
    user.email = email
    user.save()


def made(shop):
    return [event["data"]["object"] for event in shop.stripe.events("customer.created")]


class TestIdFor:
    def test_makes_a_customer_with_the_users_key_and_address(self, shop):
        user = make_user(email="ada@example.com")

        customer_id = customers.id_for(user)

        [customer] = made(shop)
        assert customer["id"] == customer_id
        assert customer["email"] == "ada@example.com"
        assert customer["metadata"] == {"user_id": str(user.pk)}
        row = Customer.objects.get()
        assert (row.user, row.livemode, row.email) == (user, False, "ada@example.com")

    def test_finds_it_afterwards_without_asking_stripe(self, shop):
        user = make_user()
        first = customers.id_for(user)
        shop.stripe.switch(api_down=True)

        assert customers.id_for(user) == first

    def test_finds_the_one_that_stripe_made_and_this_site_did_not_note(self, shop):
        user = make_user()
        first = customers.id_for(user)
        Customer.objects.all().delete()

        assert customers.id_for(user) == first
        assert len(made(shop)) == 1

    def test_knows_each_mode_apart(self, shop, settings):
        user = make_user()
        Customer.objects.create(
            user=user, livemode=True, stripe_customer_id="cus_live", email=user.email
        )

        assert customers.id_for(user) != "cus_live"
        settings.STRIPE_LIVE_MODE = True
        assert customers.id_for(user) == "cus_live"

    def test_tells_stripe_of_a_new_address(self, shop):
        user = make_user(email="old@example.com")
        customer_id = customers.id_for(user)
        change_address(user, "new@example.com")

        assert customers.id_for(user) == customer_id

        [call] = shop.stripe.calls("POST", f"/v1/customers/{customer_id}")
        assert call["body"] == "email=new%40example.com"
        assert Customer.objects.get().email == "new@example.com"

    def test_tells_stripe_of_it_once(self, shop):
        user = make_user()
        customer_id = customers.id_for(user)
        change_address(user, "new@example.com")

        customers.id_for(user)
        customers.id_for(user)

        assert len(shop.stripe.calls("POST", f"/v1/customers/{customer_id}")) == 1

    @pytest.mark.parametrize("trouble", [{"api_down": True}, {"api_status": 400}])
    def test_does_without_when_stripe_does_not_take_the_address(self, shop, trouble):
        user = make_user(email="old@example.com")
        customer_id = customers.id_for(user)
        change_address(user, "new@example.com")
        shop.stripe.switch(**trouble)

        assert customers.id_for(user) == customer_id
        assert Customer.objects.get().email == "old@example.com"

    def test_does_without_when_stripe_refuses_the_new_address(self, shop):
        user = make_user(email="old@example.com")
        customer_id = customers.id_for(user)
        change_address(user, "ada@example")

        assert customers.id_for(user) == customer_id
        assert Customer.objects.get().email == "old@example.com"

    def test_makes_no_customer_of_an_address_that_stripe_refuses(self, shop):
        user = make_user(email="ada@example")

        with pytest.raises(stripe_gateway.GatewayRefused) as refused:
            customers.id_for(user)

        assert refused.value.code == "email_invalid"
        assert not Customer.objects.exists()
        change_address(user, "ada@example.com")
        assert customers.id_for(user) == Customer.objects.get().stripe_customer_id

    def test_makes_another_when_stripe_has_lost_the_one_whose_address_changes(self, shop):
        user = make_user()
        lost = customers.id_for(user)
        stripe_gateway.delete_customer(lost)
        change_address(user, "new@example.com")

        customer_id = customers.id_for(user)

        assert customer_id != lost
        assert list(Customer.objects.current().values_list("stripe_customer_id", flat=True)) == [
            customer_id
        ]
        assert customers.ids_of(user) == [lost, customer_id]


class TestMarkMissing:
    def test_has_the_next_purchase_make_another(self, shop):
        user = make_user()
        lost = customers.id_for(user)

        customers.mark_missing(lost)

        assert customers.id_for(user) != lost
        assert len(made(shop)) == 2

    def test_says_nothing_of_customers_that_are_not_ours(self):
        customers.mark_missing("cus_of_nobody")

        assert not Customer.objects.exists()


class TestErase:
    def test_keeps_the_number_and_knows_that_its_person_is_gone(self, shop):
        user, other = make_user(), make_user()
        erased, kept = customers.id_for(user), customers.id_for(other)

        assert customers.erase(user) == 1

        row = Customer.objects.get(stripe_customer_id=erased)
        assert (row.user, row.email) == (None, "")
        assert customers.of_erased([erased, kept, "cus_unknown"]) == {erased}
