"""People for tests: `make_user` has a verified address, as anyone who signed up has."""

from itertools import count

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User

PASSWORD = "correct-horse-battery"
_numbers = count(1)


def make_user(*, email=None, verified=True, **fields):
    number = next(_numbers)
    email = email or f"person{number}@example.com"
    user = User.objects.create_user(
        email=email, password=PASSWORD, **{"username": f"person{number}", **fields}
    )
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    return user


def make_staff(**fields):
    return make_user(is_staff=True, is_superuser=True, **fields)
