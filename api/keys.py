"""
Keys: made, found again by what a request carries, and revoked.

A key is `ck_<prefix>_<secret>`. The prefix finds its row; of the secret, 192 bits of chance, only
the SHA-256 is kept, and compared in constant time. A request costs one query.
"""

import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from api.models import ApiKey, Scope
from api.models.keys import ApiKeyQuerySet
from credits import prepared, users
from credits.models import Account

_SHAPE: Final = re.compile(r"ck_([0-9a-f]{12})_([0-9a-f]{48})")
# What a secret is compared with where there is no such key.
_NOBODYS: Final = sha256(b"").hexdigest()
# `last_used_at` is written no more often than this.
_USED_EVERY: Final = timedelta(minutes=1)
# Keys of one person's own that open something at a time.
MOST_OWN: Final = 10


class KeyRefused(Exception):
    """A key that opens nothing."""


class UnknownKey(KeyRefused):
    """There is no such key, or its secret is another."""


class RevokedKey(KeyRefused):
    """The key was revoked, or its person was switched off."""


class ExpiredKey(KeyRefused):
    """The time of the key is over."""


class TooManyKeys(Exception):
    """A person has as many keys of their own as anyone may have."""


def ledger_key(client: str, key: str) -> str:
    """Write a client's Idempotency-Key as the ledger keeps it."""
    return f"api:{client}:{key}"


def ledger_keys(key: str) -> list[str]:
    """List how a key stands in the ledger, whichever of the clients that may write gave it."""
    writing = ApiKey.objects.exclude(scopes=[Scope.READ])
    clients = writing.order_by("client").values_list("client", flat=True).distinct()
    return [ledger_key(client, key) for client in clients]


class Caller(NamedTuple):
    """Who asks: what a key that was found says of itself."""

    key_id: int
    client: str
    account_id: int | None
    scopes: Collection[str]

    @property
    def actor(self) -> str:
        """Name the caller as the ledger's transactions do."""
        return f"key:{self.key_id}"


@sensitive_variables("secret")
def make(
    *,
    name: str,
    client: str,
    scopes: Collection[str],
    account: Account | None,
    created_by: str,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """
    Make a key.

    :param account: None for a key to every account
    :returns: its row, and the key itself, which nobody can find out again
    """
    prefix, secret = secrets.token_hex(6), secrets.token_hex(24)
    row = ApiKey.objects.create(
        name=name,
        client=client,
        scopes=sorted(set(scopes)),
        account=account,
        prefix=prefix,
        digest=_digest(secret),
        created_at=timezone.now(),
        created_by=created_by,
        expires_at=expires_at,
    )
    return row, f"ck_{prefix}_{secret}"


def make_own(*, name: str, account: Account, by: str) -> tuple[ApiKey, str]:
    """
    Make a key that reads its person's account, and nothing else.

    :returns: as `make`
    :raises TooManyKeys: if they have as many as anyone may have
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        if own(account).usable(at=timezone.now()).count() >= MOST_OWN:
            raise TooManyKeys
        return make(
            name=name,
            client=f"account-{account.pk}",
            scopes=[Scope.READ.value],
            account=account,
            created_by=by,
        )


def own(account: Account | None) -> ApiKeyQuerySet:
    """Find what a person made for their account themselves; what staff made is staff's."""
    return ApiKey.objects.filter(account=account, created_by__startswith="user:")


def revoke(*, key: ApiKey, by: str) -> ApiKey:
    """Let a key open nothing from now on; one that was revoked before stays as it was."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(
        revoked_at=timezone.now(), revoked_by=by
    )
    key.refresh_from_db()
    return key


@sensitive_variables("text", "found", "secret")
def find(text: str) -> Caller:
    """
    Find who a key belongs to, and note that it was used.

    :raises UnknownKey: if there is none, or the secret is another
    :raises RevokedKey: if it was revoked, or its account's person was switched off
    :raises ExpiredKey: if its time is over
    """
    found = _SHAPE.fullmatch(text)
    prefix, secret = found.groups() if found else ("", "")
    now = timezone.now()
    rows = _look_up().rows(now, now - _USED_EVERY, prefix) if prefix else []
    digest = rows[0][0] if rows else _NOBODYS
    if not compare_digest(digest, _digest(secret)) or not rows:
        raise UnknownKey
    (_digest_found, key_id, client, account_id, scopes, is_revoked, is_expired, was_idle) = rows[0]
    if is_revoked:
        raise RevokedKey
    if is_expired:
        raise ExpiredKey
    if was_idle:
        _USE.rows(now, key_id, now - _USED_EVERY)
    return Caller(key_id=key_id, client=client, account_id=account_id, scopes=scopes)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


# Of the requests that come together one writes, and none waits for it.
_USE: Final = prepared.Statement(
    """
UPDATE api_apikey SET last_used_at = %s::timestamptz
WHERE id = (
    SELECT id FROM api_apikey
    WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s::timestamptz)
    FOR UPDATE SKIP LOCKED
)
RETURNING id
""",
    takes=[prepared.instant, prepared.integer, prepared.instant],
    returns=[int],
)

_statements: list[prepared.Statement] = []


def _look_up() -> prepared.Statement:
    """Give the query that finds a key; its text names the project's table of users."""
    if not _statements:
        _statements.append(_make_look_up())
    return _statements[0]


def _make_look_up() -> prepared.Statement:
    active = users.active_sql("account.user_id")
    text = f"""
SELECT key.digest, key.id, key.client, key.account_id, array_to_json(key.scopes),
       key.revoked_at IS NOT NULL OR NOT {active},
       coalesce(key.expires_at <= %s::timestamptz, false),
       coalesce(key.last_used_at < %s::timestamptz, true)
FROM api_apikey AS key
LEFT JOIN credits_account AS account ON account.id = key.account_id
WHERE key.prefix = %s
"""  # noqa: S608 - names of the project's own models
    return prepared.Statement(
        text,
        takes=[prepared.instant, prepared.instant, prepared.string],
        returns=[
            bytes.decode,
            int,
            bytes.decode,
            int,
            prepared.to_json,
            prepared.to_boolean,
            prepared.to_boolean,
            prepared.to_boolean,
        ],
    )
