"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView
from django.views.i18n import set_language

from config.accounts.views import end_session

urlpatterns = [
    path("api/", include("api.urls")),  # first: it is asked the most
    path("", RedirectView.as_view(pattern_name="billing:overview")),
    path("accounts/sessions/<int:pk>/end/", end_session, name="end_session"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    # Without a token, so that a page for strangers sets no cookie to switch its language. All that
    # another site could do is show somebody this one in another language.
    path("language/setlang/", csrf_exempt(set_language), name="set_language"),
    path("", include("billing.urls")),
]
