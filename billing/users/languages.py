"""Which language a user reads: what the project says, else what they last read a page in."""

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import get_language

from billing import conf
from billing.models import Preferences

if TYPE_CHECKING:
    from collections.abc import Callable

# What a session remembers, so that only another language is written down.
NOTED: Final = "billing_language"


def language(user: AbstractBaseUser) -> str:
    """Give the code of a user's language: the one that is known of them, else the site's."""
    return known_language(user) or conf.language_code()


def known_language(user: AbstractBaseUser) -> str:
    """
    Give the code of the language that a user reads; empty if nothing is known of them.

    What `BILLING_USER_LANGUAGE` says of them; where it is not set, the language in which they last
    read a page of billing.
    """
    path = conf.user_language()
    if path:
        language_of: Callable[[AbstractBaseUser], str] = import_string(path)
        return language_of(user)
    noted = Preferences.objects.filter(user_id=user.pk).values_list("language", flat=True)
    return noted.first() or ""


def note_language(request: HttpRequest) -> None:
    """Write down in which language somebody who is signed in reads, when it is another one."""
    code = get_language()
    session = getattr(request, "session", None)
    if not code or session is None or session.get(NOTED) == code:
        return
    key: Any = request.user.pk
    Preferences.objects.update_or_create(user_id=key, defaults={"language": code})
    session[NOTED] = code


def choose_language(request: HttpRequest, code: str) -> None:
    """Write down the language that somebody who is signed in has chosen."""
    key: Any = request.user.pk
    Preferences.objects.update_or_create(user_id=key, defaults={"language": code})
    request.session[NOTED] = code


def forget_language(user: AbstractBaseUser) -> int:
    """Take a person's preferences out; return how many rows that were."""
    return Preferences.objects.filter(user_id=user.pk).delete()[0]
