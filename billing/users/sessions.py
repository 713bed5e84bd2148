"""Where a user is signed in."""

from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone


def end_sessions(user: AbstractBaseUser) -> int:
    """Log a person out everywhere: what a session says is not searchable, so each is opened."""
    if not apps.is_installed("django.contrib.sessions"):
        return 0
    sessions = apps.get_model("sessions", "Session").objects
    key = user._meta.pk.value_to_string(user)  # noqa: SLF001 - public by Django's word
    theirs = [
        session.pk
        for session in sessions.filter(expire_date__gt=timezone.now()).iterator()
        if session.get_decoded().get(SESSION_KEY) == key
    ]
    sessions.filter(expire_date__lte=timezone.now()).delete()
    ended: int = sessions.filter(pk__in=theirs).delete()[0]
    return ended
