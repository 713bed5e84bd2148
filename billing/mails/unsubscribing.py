"""
Links that switch a kind of mail off without a log-in, from a mail's header or its last line.

RFC 8058: a mail program POSTs to the link, without cookies, after one click of its user; the link
says by itself who and what it is for, and cannot be made by others (section 3.1 and 6). It has no
end: a mail may be read years later.
"""

from typing import Final, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.urls import reverse

from billing import conf, users
from billing.models import OutgoingMail

SALT: Final = "billing.unsubscribe"


class Link(NamedTuple):
    # None where the user is not there any more.
    user: AbstractBaseUser | None
    kind: OutgoingMail.Kind


class BadLink(Exception):
    """Nobody here made this link."""


def url(user: AbstractBaseUser, kind: str) -> str:
    """Give the whole address of a link that switches one kind of mail off for a user."""
    token = signing.dumps([str(user.pk), kind], salt=SALT)
    return conf.site_url() + reverse("billing:unsubscribe", args=[token])


def read(token: str) -> Link:
    """
    Read whom and what a link is for.

    :raises BadLink: if it was not made here, or is for a kind that cannot be switched off
    """
    try:
        key, kind = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise BadLink from error
    if kind not in OutgoingMail.SWITCHED:
        raise BadLink
    return Link(user=users.with_key(key), kind=OutgoingMail.Kind(kind))


def headers(user: AbstractBaseUser, kind: str) -> dict[str, str]:
    """Give the headers by which mail programs show *Unsubscribe*: RFC 2369, RFC 8058."""
    return {
        "List-Unsubscribe": f"<{url(user, kind)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
