"""Second factors: their secrets are kept under a key, so that a copy of the database shows none."""

import base64
from functools import cache
from hashlib import sha256

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # a class without types
    def encrypt(self, text: str) -> str:
        return (
            _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
            .encrypt(text.encode())
            .decode()
        )

    def decrypt(self, encrypted_text: str) -> str:
        return (
            _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
            .decrypt(encrypted_text.encode())
            .decode()
        )


@cache
def _keys(*secrets: str) -> MultiFernet:
    digests = [sha256(f"config.accounts.factors:{secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
