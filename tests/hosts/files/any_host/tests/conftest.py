import pytest
from django.contrib.auth import get_user_model


@pytest.fixture
def buyer(db):
    User = get_user_model()
    names = {User.USERNAME_FIELD, User.get_email_field_name()}
    return User.objects.create(**dict.fromkeys(names, "buyer@example.com"))
