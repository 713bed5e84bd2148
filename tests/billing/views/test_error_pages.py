import pytest
from django.db import OperationalError, connection
from django.template.loader import render_to_string
from django.test import Client

from tests.people import make_user

PAGES = ["400", "403", "403_csrf", "404", "429", "500", "503"]


class TestErrorPages:
    @pytest.mark.parametrize("name", PAGES)
    def test_need_nothing_to_be_shown(self, name):
        text = render_to_string(f"{name}.html")

        assert "<h1>" in text
        assert 'class="site-header"' in text

    @pytest.mark.django_db
    def test_a_form_without_its_secret_gets_ours(self):
        response = Client(enforce_csrf_checks=True).post("/accounts/login/", {})

        assert response.status_code == 403
        assert "This form was too old" in response.text

    @pytest.mark.django_db
    def test_an_unknown_address_gets_ours(self, client):
        response = client.get("/nowhere/")

        assert response.status_code == 404
        assert "There is no such page" in response.text

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "address",
        [
            "/billing/statement/2026-13/",
            "/billing/statement/0000-01/",
            "/billing/statement/9999-12/",
            "/billing/history/?before=99999999999999999999999",
            "/billing/history/?before=-1",
            "/billing/history/?before=%00",
            "/billing/history/?show=nonsense",
            "/billing/history.csv?show=nonsense",
            "/billing/purchases/?before=nonsense",
            "/billing/purchases/?before=00000000-0000-0000-0000-000000000000",
        ],
    )
    def test_nonsense_in_an_address_is_not_found(self, client, address):
        client.force_login(make_user())

        assert client.get(address).status_code == 404


def down(execute, sql, params, many, context):
    raise OperationalError("the connection was closed")


@pytest.mark.django_db
class TestWithoutDatabase:
    def test_people_are_told_to_come_back(self, client):
        client.force_login(make_user())

        with connection.execute_wrapper(down):
            response = client.get("/billing/")

        assert response.status_code == 503
        assert response["Retry-After"] == "30"
        assert "Payments that you have made are safe" in response.text

    def test_every_other_fault_stays_a_fault(self, client):
        client.force_login(make_user())

        def broken(execute, sql, params, many, context):
            raise ZeroDivisionError

        with connection.execute_wrapper(broken), pytest.raises(ZeroDivisionError):
            client.get("/billing/")


@pytest.mark.django_db(transaction=True)
def test_people_are_told_to_come_back_where_the_database_only_reads(client):
    client.force_login(make_user())
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")

    response = client.post("/accounts/logout/")

    with connection.cursor() as cursor:
        cursor.execute("RESET default_transaction_read_only")
    assert response.status_code == 503
