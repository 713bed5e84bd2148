"""Addresses of billing. Purchases are named by uuid, never by number."""

from django.urls import URLPattern

app_name = "billing"

urlpatterns: list[URLPattern] = []
