"""Addresses of the API: its versions, and the pages about it."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

app_name = "api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("docs/", RedirectView.as_view(pattern_name="api:document"), name="docs"),
    path("v1/", include("api.v1.urls")),
]
