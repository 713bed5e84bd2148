"""A host that answers over HTTP: keys of its people and its staff, spends, pages."""

import re
import sys

from host import browser_of, get, make_person, open_admin_pages, run

from api import keys
from credits import ledger
from credits.models import Account
from django.test import Client

mary = make_person("mary@example.com")
manager = make_person("manager@example.com", is_staff=True, is_superuser=True)
account = Account.objects.for_user(mary)
ledger.grant(account=account, credits=10, source="api checks", kind="PROMOTION")


def ask(key, method, path, body=None, **headers):
    call = getattr(Client(headers={"Authorization": f"Bearer {key}"} | headers), method)
    answer = call(f"/api/v1{path}", *([body] if body else []), content_type="application/json")
    return answer.status_code, answer.json()


def a_service_spends_once():
    _row, key = keys.make(
        name="Farm", client="farm", scopes=["spend"], account=account, created_by="staff:1"
    )
    given = {"Idempotency-Key": "report:17"}

    first = ask(key, "post", "/spends", {"credits": 3}, **given)
    again = ask(key, "post", "/spends", {"credits": 3}, **given)

    assert first[0] == 201, first
    assert again == first
    assert ledger.balance(account) == 7


def a_person_makes_a_key_that_reads():
    page = browser_of(mary).post("/api/keys/", {"name": "Sheet"})
    [key] = re.findall(r"ck_[0-9a-f]{12}_[0-9a-f]{48}", page.content.decode())

    assert ask(key, "get", "/balance")[1]["balance"] == 7
    assert ask(key, "post", "/spends", {"credits": 3})[0] == 403


def somebody_who_is_switched_off_reads_no_more():
    _row, key = keys.make(
        name="Mine", client="mine", scopes=["read"], account=account, created_by="user:1"
    )
    assert ask(key, "get", "/balance")[0] == 200
    mary.is_active = False
    mary.save()

    assert ask(key, "get", "/balance")[0] == 401


def pages_are_there():
    shown = get(Client(), "/api/docs/").content.decode()
    assert "Idempotency-Key" in shown
    assert open_admin_pages(browser_of(manager), "api") >= 5


if __name__ == "__main__":
    sys.exit(
        run(
            [
                a_service_spends_once,
                a_person_makes_a_key_that_reads,
                pages_are_there,
                somebody_who_is_switched_off_reads_no_more,
            ]
        )
    )
