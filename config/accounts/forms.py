"""allauth's forms, where the site asks more of them."""

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest


class SignupForm(AllauthSignupForm):  # type: ignore[misc] # a class without types
    def try_save(self, request: HttpRequest) -> Any:
        """Hash a password for a known address too: who watches the clock learns nothing."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)
