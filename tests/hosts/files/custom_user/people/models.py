"""A user model far from Django's own: another key, no username, another name for the address."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models


class PersonManager(BaseUserManager):
    def create_user(self, email_address, password=None, **fields):
        person = self.model(email_address=email_address, **fields)
        person.set_password(password)
        person.save()
        return person

    def create_superuser(self, email_address, password=None, **fields):
        return self.create_user(email_address, password, is_staff=True, is_superuser=True, **fields)


class Person(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email_address = models.EmailField(unique=True)
    nickname = models.CharField(max_length=50, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = "email_address"
    EMAIL_FIELD = "email_address"

    objects = PersonManager()
