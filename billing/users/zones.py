"""In which time zone a user reads times: the one that they chose, else their browser's."""

from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from billing.models import Preferences

# What a session remembers, so that no page asks the database.
NOTED: Final = "billing_time_zone"


def time_zone(user: AbstractBaseUser) -> ZoneInfo | None:
    """Give the zone that a user has chosen, if they did and there is still one of the name."""
    chosen = Preferences.objects.filter(user_id=user.pk).values_list("time_zone", flat=True)
    return zone_named(chosen.first() or "")


def choose_time_zone(user: AbstractBaseUser, name: str) -> None:
    """
    Write times in a zone from now on; an empty name leaves it to the browser.

    :raises ValueError: if there is no such zone
    """
    if name and name not in names():
        raise ValueError(f"time zone: a name of the IANA database, got {name!r}")
    key: Any = user.pk
    Preferences.objects.update_or_create(user_id=key, defaults={"time_zone": name})


def of_session(request: HttpRequest) -> ZoneInfo | None:
    """Give the zone of who is signed in; asks once a session."""
    if NOTED not in request.session:
        user: Any = request.user
        zone = time_zone(user)
        request.session[NOTED] = zone.key if zone else ""
    return zone_named(request.session[NOTED])


def zone_named(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name in names() else None


@cache
def names() -> frozenset[str]:
    """Name the zones that people choose from: places, and UTC."""
    return frozenset(
        name
        for name in available_timezones()
        if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/")))
    )
