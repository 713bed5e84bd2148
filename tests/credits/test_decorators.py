"""Views that cost credits: charged when they have answered, for nothing when they failed."""

import asyncio
import json
from decimal import Decimal
from threading import Thread
from urllib.parse import quote, unquote

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template import TemplateDoesNotExist
from django.template.response import TemplateResponse
from django.test import RequestFactory

from credits import holds, ledger
from credits.decorators import charges
from credits.errors import InvalidOperation, UnknownOperation
from credits.models import Account, CreditTransaction, Hold
from tests.credits.factories import make_account, make_lot, make_operation
from tests.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_event_loop")]


@pytest.fixture
def account():
    account = Account.objects.for_user(make_user())
    make_lot(account=account, credits=10)
    return account


@pytest.fixture
def operation():
    return make_operation(
        slug="image.large", name="Large image", base=3, per_unit=Decimal(2), unit="image"
    )


def ask(view, user, method="post", **headers):
    request = getattr(RequestFactory(headers=headers), method)("/images/?size=9")
    request.user = user
    return view(request), request


class Sync:
    """A view of these answers."""

    def view(self, answer, **options):
        @charges("image.large", **options)
        def view(request, *args, **kwargs):
            return answer(request)

        return view

    def ask(self, view, user, method="post", **headers):
        return ask(view, user, method, **headers)[0]


class Async:
    """The same, answered in an event loop."""

    def view(self, answer, **options):
        @charges("image.large", **options)
        async def view(request, *args, **kwargs):
            await asyncio.sleep(0)
            return answer(request)

        return view

    def ask(self, view, user, method="post", **headers):
        async def answered():
            return await ask(view, user, method, **headers)[0]

        return async_to_sync(answered)()


@pytest.fixture(params=[Sync, Async])
def kind(request):
    return request.param()


class Killed(BaseException):
    """What no view catches."""


def raises(error):
    def answer(request):
        raise error

    return answer


def ok(request):
    return HttpResponse("done")


def in_a_thread(answer):
    """Let an async view ask the database, too."""

    def threaded(request):
        def run():
            found.append(answer(request))
            connection.close()

        found: list = []
        thread = Thread(target=run)
        thread.start()
        thread.join()
        return found[0]

    return threaded


@pytest.mark.usefixtures("operation")
class TestAViewThatSucceeds:
    @pytest.mark.parametrize(
        "answer",
        [ok, lambda _: HttpResponseRedirect("/"), lambda _: StreamingHttpResponse(["a"])],
        ids=["page", "redirect", "stream"],
    )
    def test_is_paid_for(self, kind, account, answer):
        response = kind.ask(kind.view(answer), account.user)

        assert response.status_code < 400
        [hold] = Hold.objects.all()
        assert (hold.status, hold.captured, hold.operation) == ("CAPTURED", 5, "image.large")
        assert hold.transaction.description == "Large image"
        assert hold.transaction.metadata == {"units": "1"}
        assert ledger.balance(account) == 5

    def test_is_paid_for_each_time(self, kind, account):
        view = kind.view(ok)

        kind.ask(view, account.user)
        kind.ask(view, account.user)

        assert ledger.balance(account) == 0

    def test_holds_its_price_while_it_runs(self, kind, account):
        def look(request):
            return HttpResponse(str(request.reservation.hold.credits))

        assert kind.ask(kind.view(look), account.user).content == b"5"

    @pytest.mark.parametrize(("used", "left"), [(2, 8), (0, 10)])
    def test_may_charge_less(self, kind, account, used, left):
        def spare(request):
            request.reservation.used = used
            return HttpResponse()

        kind.ask(kind.view(spare), account.user)

        assert ledger.balance(account) == left
        assert not Hold.objects.active().exists()

    def test_counts_units_of_the_request(self, kind, account):
        view = kind.view(ok, units=lambda request: Decimal(request.GET["size"]) / 3)

        kind.ask(view, account.user)

        assert ledger.balance(account) == 1

    def test_is_paid_for_by_the_account_that_it_names(self, kind, account):
        team = make_account(credits=5)

        kind.ask(kind.view(ok, account=lambda request: team), account.user)

        assert (ledger.balance(team), ledger.balance(account)) == (0, 10)

    def test_costs_nothing_where_it_is_free(self, kind, account, operation):
        operation.base = operation.per_unit = 0
        operation.save()

        response = kind.ask(
            kind.view(lambda request: HttpResponse(str(request.reservation))), account.user
        )

        assert response.content == b"None"
        assert not Hold.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_is_answered_where_its_credits_are_gone_meanwhile(self, kind, account, caplog):
        def slow(request):
            holds.release(hold=request.reservation.hold)
            ledger.spend(account=account, credits=10, key="all")
            return HttpResponse("done")

        assert kind.ask(kind.view(in_a_thread(slow)), account.user).content == b"done"
        assert "view_not_paid_for" in caplog.text


@pytest.mark.usefixtures("operation")
class TestAViewThatFails:
    @pytest.mark.parametrize(
        "error",
        [RuntimeError("no"), Http404("no"), PermissionDenied("no"), Killed()],
        ids=repr,
    )
    def test_costs_nothing_when_it_raises(self, kind, account, error):
        with pytest.raises(type(error)):
            kind.ask(kind.view(raises(error)), account.user)

        assert ledger.balance(account) == 10
        assert [hold.status for hold in Hold.objects.all()] == ["RELEASED"]

    @pytest.mark.parametrize("status", [400, 404, 422, 500, 503])
    def test_costs_nothing_when_it_says_so(self, kind, account, status):
        kind.ask(kind.view(lambda _: HttpResponse(status=status)), account.user)

        assert ledger.balance(account) == 10

    def test_costs_nothing_when_the_visitor_has_gone(self, account):
        user, begun = account.user, asyncio.Event()

        @charges("image.large")
        async def endless(request):
            begun.set()
            await asyncio.sleep(3600)

        async def visit():
            task = asyncio.ensure_future(ask(endless, user)[0])
            await begun.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return task.cancelled()

        assert async_to_sync(visit)()
        assert ledger.balance(account) == 10


@pytest.mark.usefixtures("operation")
class TestATemplateThatIsRenderedLater:
    def test_is_paid_for_once_it_was(self, kind, account):
        view = kind.view(lambda request: TemplateResponse(request, "400.html"))

        response = kind.ask(view, account.user)
        assert Hold.objects.active().exists()
        response.render()

        assert ledger.balance(account) == 5

    def test_is_not_paid_for_when_it_cannot_be(self, kind, account):
        view = kind.view(lambda request: TemplateResponse(request, "nowhere.html"))

        with pytest.raises(TemplateDoesNotExist):
            kind.ask(view, account.user).render()

        assert Hold.objects.get().captured == 0


@pytest.mark.usefixtures("operation")
class TestSomebodyWhoCannotPay:
    def test_reads_what_it_costs_what_there_is_and_where_to_buy(self, kind):
        account = Account.objects.for_user(make_user())
        make_lot(account=account, credits=4)

        response = kind.ask(kind.view(raises(AssertionError)), account.user, accept="text/html")

        text = " ".join(response.text.split())
        assert response.status_code == 402
        assert "Large image costs 5 credits. You have 4 credits to use." in text
        assert 'href="http://testserver/billing/' in text
        assert ledger.balance(account) == 4

    def test_reads_of_no_shop_where_there_is_none(self, kind, settings):
        settings.CREDITS_BUY_URL = ""

        response = kind.ask(kind.view(ok), make_user(), accept="text/html")

        assert response.status_code == 402
        assert "Buy credits" not in response.text

    def test_leads_to_where_to_buy_and_back(self, kind, account):
        view = kind.view(ok, units=9)
        response = kind.ask(view, account.user, "get", accept="text/html")

        back = quote("/images/?size=9", safe="")
        assert f'href="http://testserver/billing/?next={back}"' in response.text

    def test_leads_back_from_no_page_of_others(self, kind, account, settings):
        settings.CREDITS_BUY_URL = "https://shop.example.com/"

        view = kind.view(ok, units=9)
        response = kind.ask(view, account.user, "get", accept="text/html")

        assert 'href="https://shop.example.com/"' in response.text

    def test_has_numbers_to_go_by_as_a_program(self, kind, account):
        response = kind.ask(kind.view(ok, units=9), account.user, accept="application/json")

        assert response.headers["Content-Type"] == "application/problem+json"
        assert json.loads(response.content) == {
            "type": "about:blank",
            "title": "Too few credits",
            "status": 402,
            "requested": 21,
            "available": 10,
            "buy_url": "http://testserver/billing/",
        }

    def test_signs_in_first(self, kind):
        response = kind.ask(kind.view(raises(AssertionError)), AnonymousUser())

        assert response.status_code == 302
        assert unquote(response.headers["Location"]).endswith("?next=/images/?size=9")
        assert not Account.objects.exists()


class TestAnOperation:
    def test_that_nobody_knows_is_a_mistake(self, kind, account):
        with pytest.raises(UnknownOperation, match="'image"):
            kind.ask(kind.view(raises(AssertionError)), account.user)

        assert CreditTransaction.objects.count() == 1

    def test_that_was_switched_off_is_not_found(self, kind, account):
        make_operation(slug="image.large", is_active=False)

        with pytest.raises(Http404):
            kind.ask(kind.view(raises(AssertionError)), account.user)

        assert CreditTransaction.objects.count() == 1

    def test_of_units_that_cannot_be_is_a_mistake(self, kind, account):
        make_operation(slug="image.large")

        with pytest.raises(InvalidOperation):
            kind.ask(kind.view(ok, units=lambda request: 0.5), account.user)
