"""Services for tests: what calls the API, with a key of its own."""

import json
from itertools import count

from django.test import Client

from api import keys
from api.models import Scope
from credits import ledger
from credits.models import Account
from tests.people import make_user

_numbers = count(1)


def make_account(*, credits=0, user=None):
    account = Account.objects.for_user(user or make_user())
    if credits:
        number = next(_numbers)
        ledger.grant(account=account, credits=credits, source=f"api:{number}", kind="PROMOTION")
    return account


def make_key(*, account=None, **fields):
    """A key and its row; to every account and with every scope unless told."""
    return keys.make(
        **{
            "name": "Render farm",
            "client": "farm",
            "scopes": Scope.values,
            "account": account,
            "created_by": "staff:1",
            **fields,
        }
    )


class Service:
    """Calls addresses below `/api/v1`, as another process would."""

    def __init__(self, key, *, raises=True):
        self.key = key
        self.client = Client(raise_request_exception=raises)

    @classmethod
    def of(cls, account=None, **fields):
        _row, key = make_key(account=account, **fields)
        return cls(key)

    def get(self, path, **query):
        return self.client.get(f"/api/v1{path}", query, headers=self.headers())

    def post(self, path, body=None, *, key=None, **headers):
        """With an Idempotency-Key, where one is given."""
        given = {"Idempotency-Key": key} if key else {}
        return self.client.post(
            f"/api/v1{path}",
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers=self.headers() | given | headers,
        )

    def headers(self):
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}


def problem(answer):
    """What an answer says is wrong: its status and code; it is written as problems are."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    said = answer.json()
    assert said["status"] == answer.status_code
    assert said["type"].endswith(f"#{said['code']}")
    assert said["title"]
    return answer.status_code, said["code"]
