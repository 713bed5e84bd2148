"""
What is remembered of a mailbox that had the sign-up credits: a keyed fingerprint, not its address.

The key is in the settings, not in the database (`CREDITS_SIGNUP_FINGERPRINT_KEYS`): without it a
fingerprint says nothing, and with it only whether an address that one already knows had credits.
The first key signs, all are compared.
"""

import hashlib
import hmac
import re
import unicodedata
from datetime import datetime

from django.utils.encoding import punycode

from credits import conf
from credits.models import SignupFingerprint

GMAIL = {"gmail.com", "googlemail.com"}


def mailbox(address: str) -> str:
    """
    Write an address as the mailbox that it reaches: `Ada.L+x@googlemail.com` as `adal@gmail.com`.

    Case and what follows a `+` go (RFC 5233, section 1), a quoted name is the name (RFC 5321,
    section 4.1.2), a domain is written in ASCII (RFC 5891). Gmail's dots count for nothing and it
    has two domains (https://support.google.com/mail/answer/7436150). Other providers have rules
    of their own, which are not known here: two people must never be taken for one.
    """
    text = unicodedata.normalize("NFKC", address.strip())
    name, _at, domain = text.rpartition("@")
    name = re.sub(r'["\\]', "", name).casefold()
    name = name.partition("+")[0] or name
    domain = _in_ascii(domain.lower())
    if domain in GMAIL:
        return f"{name.replace('.', '')}@gmail.com"
    return f"{name}@{domain}"


def claim(address: str, *, at: datetime) -> bool:
    """
    Take the sign-up credits of a mailbox; in one transaction with their grant.

    :returns: False if they were taken before
    """
    _newest, *older = _digests(address)
    is_first = remember(address, at=at)
    return is_first and not SignupFingerprint.objects.filter(digest__in=older).exists()


def remember(address: str, *, at: datetime) -> bool:
    """
    Sign a mailbox with the first key. Of several at once all but one wait at the primary key.

    :returns: False if it was signed before
    """
    _row, is_new = SignupFingerprint.objects.get_or_create(
        digest=_digests(address)[0], defaults={"created_on": at.date()}
    )
    return is_new


def _digests(address: str) -> list[str]:
    text = mailbox(address).encode()
    return [
        hmac.new(key.encode(), text, hashlib.sha256).hexdigest()
        for key in conf.signup_fingerprint_keys()
    ]


def _in_ascii(domain: str) -> str:
    try:
        return punycode(domain)
    except UnicodeError:  # not a domain; it is compared as it is
        return domain
