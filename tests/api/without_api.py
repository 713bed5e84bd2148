"""Addresses of a project that has the app and does not serve it."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("api/v1/balance", lambda request: HttpResponse(status=418))]
