"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("api/", include("api.urls")),  # first: it is asked the most
    path("", RedirectView.as_view(pattern_name="billing:overview")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("language/", include("django.conf.urls.i18n")),
    path("", include("billing.urls")),
]
