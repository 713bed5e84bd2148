"""Addresses of billing. Purchases are named by uuid, never by number."""

from django.urls import URLPattern, path

from .views.webhook import stripe_webhook

app_name = "billing"

urlpatterns: list[URLPattern] = [
    path("webhooks/stripe/", stripe_webhook, name="stripe_webhook"),
]
