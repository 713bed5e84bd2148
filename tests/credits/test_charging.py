"""What `docs/charging.md` says, done: each of its blocks is in the project that these tests ask."""

import importlib
import sys
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient
from django.urls import path

from credits import ledger
from credits.errors import InsufficientCredits
from credits.models import Account, CreditTransaction, Operation
from tests.credits.factories import make_lot
from tests.hosts.document import FENCED, section
from tests.people import make_user
from tests.processes import PROJECT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_event_loop")]

CHARGING = PROJECT / "docs" / "charging.md"
HEADINGS = [
    "The price list",
    "Charge",
    "Views that cost credits",
    "Work whose price is known afterwards",
    "In templates",
    "Usage",
]


@pytest.fixture
def mysite(tmp_path, monkeypatch, settings):
    """The modules of the page, as a package, its views at addresses of their names."""
    for heading in HEADINGS:
        for block in section(heading, of=CHARGING):
            file = tmp_path / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text)
    monkeypatch.syspath_prepend(tmp_path)
    names = ("prices", "transcripts", "views", "training", "reports")
    mysite = SimpleNamespace(**{name: importlib.import_module(f"mysite.{name}") for name in names})
    views = ("draw", "dictate", "studio")
    mysite.urlpatterns = [
        *importlib.import_module("config.urls").urlpatterns,
        *(path(f"{name}/", getattr(mysite.views, name)) for name in views),
    ]
    monkeypatch.setitem(sys.modules, "mysite.urls", mysite)
    [templates] = settings.TEMPLATES
    folder = tmp_path / "mysite" / "templates"
    settings.TEMPLATES = [{**templates, "DIRS": [folder, *templates["DIRS"]]}]
    settings.ROOT_URLCONF = "mysite.urls"
    settings.CREDITS_BUY_URL = "/plans/"
    mysite.prices.fill()
    yield mysite
    for name in [name for name in sys.modules if name.split(".")[0] == "mysite"]:
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def account(client):
    account = Account.objects.for_user(make_user())
    make_lot(account=account, credits=100)
    client.force_login(account.user)
    return account


def file(minutes):
    return SimpleNamespace(pk=7, minutes=minutes, name="talk.mp3")


class TestThePage:
    def test_has_no_block_that_is_not_tried(self):
        tried = [block for heading in HEADINGS for block in section(heading, of=CHARGING)]

        assert len(tried) == len(FENCED.findall(CHARGING.read_text()))


class TestThePriceList:
    def test_is_filled_once(self, mysite):
        Operation.objects.filter(slug="transcribe").update(base=3)

        mysite.prices.fill()

        assert Operation.objects.count() == 2
        assert Operation.objects.get(slug="transcribe").base == 3


class TestCharging:
    def test_takes_three_credits_for_three_minutes_once(self, mysite, account):
        mysite.transcripts.transcribe(account, file(3))
        mysite.transcripts.transcribe(account, file(3))

        assert ledger.balance(account) == 97

    def test_does_nothing_that_is_not_paid(self, mysite, account):
        with pytest.raises(InsufficientCredits):
            mysite.transcripts.transcribe(account, file(400))


class TestViews:
    def test_cost_what_the_price_list_says(self, mysite, client, account):
        assert client.post("/draw/").headers["Content-Type"] == "image/svg+xml"

        assert ledger.balance(account) == 95

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(("minutes", "left"), [("3", 97), ("0", 100)])
    def test_charge_for_what_was_said(self, mysite, account, minutes, left):
        client, user = AsyncClient(), account.user
        client.force_login(user)

        async def dictate():
            return await client.post("/dictate/", {"minutes": minutes})

        assert async_to_sync(dictate)().status_code == 200
        connection.close()
        assert ledger.balance(account) == left

    def test_lead_to_where_credits_are_bought(self, mysite, client):
        client.force_login(make_user())

        response = client.post("/draw/")

        assert response.status_code == 402
        assert 'href="http://testserver/plans/"' in response.text

    def test_say_what_there_is_and_what_it_costs(self, mysite, client, account):
        text = " ".join(client.get("/studio/").text.split())

        assert "You have 100 credits." in text
        assert "A large image costs 5, twelve minutes of talk 5." in text
        assert "Buy some first" not in text


class TestWork:
    def test_pays_for_what_it_took(self, mysite, account):
        job = SimpleNamespace(pk=1, most_minutes=200, run=lambda: 10)

        mysite.training.train(account, job)

        assert ledger.balance(account) == 95
        assert CreditTransaction.objects.filter(operation="transcribe").count() == 2


class TestUsage:
    def test_says_what_was_used_for_what(self, mysite, client, account):
        client.post("/draw/")
        mysite.transcripts.transcribe(account, file(3))

        assert mysite.reports.dearest(account) == [("Image, large", 1, 5), ("Transcription", 1, 3)]
