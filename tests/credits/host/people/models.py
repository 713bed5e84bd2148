"""Users with a UUID for a key, another name for the address, no `username` and no `is_active`."""

from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class Person(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    handle = models.CharField(max_length=40, unique=True)
    address = models.EmailField()
    is_staff = models.BooleanField(default=False)

    objects = BaseUserManager()

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "address"

    def __str__(self):
        return f"@{self.handle}"
