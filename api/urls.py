"""Addresses of the API: its versions, and the pages about it."""

from django.urls import URLPattern, URLResolver, include, path

from api.views.docs import docs
from api.views.own_keys import own_keys, revoke_own_key

app_name = "api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("docs/", docs, name="docs"),
    path("keys/", own_keys, name="own_keys"),
    path("keys/<slug:prefix>/revoke/", revoke_own_key, name="revoke_own_key"),
    path("v1/", include("api.v1.urls")),
]
