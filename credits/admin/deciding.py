"""
A page on which staff decide about one row: what is known of it, a form, and one call of a verb.

Each such page is a `DecisionPage` of a ModelAdmin. A GET shows the facts; a POST calls the verb,
says how it went, leaves a note in the log and goes back. What the verb refuses stands on the page.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from credits.admin.links import object_url


class Refused(Exception):
    """Nothing was done. The message, beside the field if it is about one, says what to do."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Done(NamedTuple):
    """What was done: a message to the person, and a note in the log, empty where none is due."""

    message: str
    note: str = ""
    level: int = messages.SUCCESS


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=255,
        help_text=_("For your colleagues. Kept for good, with your name."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class DecisionPage:
    """
    One request for such a page. Subclasses say what it shows and which verb it calls.

    `permission` lets people see the page. A verb that knows the person checks it again.
    """

    name: ClassVar[str]  # ends the address: /admin/<app>/<model>/<pk>/<name>/
    permission: ClassVar[str]
    title: ClassVar[str | Promise]
    button: ClassVar[str | Promise] = ""  # the title, unless it says something else
    template: ClassVar[str] = "admin/credits/decide.html"

    def __init__(self, model_admin: ModelAdmin, request: HttpRequest, row: Any) -> None:
        self.model_admin = model_admin
        self.request = request
        self.user: Any = request.user  # of whatever model the project has
        self.row = row

    @classmethod
    def url(cls, model_admin: ModelAdmin) -> URLPattern:
        """Give the page its address, named `admin:<app>_<model>_<name>`."""

        def view(request: HttpRequest, row_id: int) -> HttpResponse:
            if not request.user.has_perm(cls.permission):
                raise PermissionDenied
            row = get_object_or_404(cls.rows(model_admin, request), pk=row_id)
            return cls(model_admin, request, row).respond()

        opts = model_admin.opts
        return path(
            f"<int:row_id>/{cls.name}/",
            model_admin.admin_site.admin_view(view),
            name=f"{opts.app_label}_{opts.model_name}_{cls.name.replace('-', '_')}",
        )

    def respond(self) -> HttpResponse:
        if impediment := self.impediment():
            messages.warning(self.request, impediment)
            return HttpResponseRedirect(self.back())
        form = self.form()
        if form.is_valid():
            if not self.is_sure(form):
                return self.ask(form)
            try:
                done = self.decide(form)
            except Refused as refusal:
                form.add_error(refusal.field, refusal.message)
            else:
                if done.note:
                    self.model_admin.log_change(self.request, self.row, done.note)
                messages.add_message(self.request, done.level, done.message)
                return HttpResponseRedirect(self.back())
        return self.show(form)

    # What a page says of itself.

    @classmethod
    def rows(cls, model_admin: ModelAdmin, request: HttpRequest) -> Any:
        """Give the rows that can be decided on, with what the page reads."""
        return model_admin.get_queryset(request)

    def impediment(self) -> str:
        """Say why this person cannot decide on this now, or nothing."""
        return ""

    def form(self) -> forms.Form:
        return ReasonForm(self.request.POST or None)

    def facts(self) -> Sequence[tuple[str | Promise, Any]]:
        """Say what somebody needs to know first, as names and values."""
        raise NotImplementedError

    def consequences(self) -> Sequence[str | Promise]:
        """Say what will happen, a sentence each."""
        return ()

    def is_sure(self, form: forms.Form) -> bool:
        """Tell whether the verb may be called, or a page that asks once more comes first."""
        return True

    def ask(self, form: forms.Form) -> HttpResponse:
        """Show what a valid form would do."""
        raise NotImplementedError

    def decide(self, form: Any) -> Done:
        """
        Call the verb.

        :raises Refused: with its message, if the verb refuses
        """
        raise NotImplementedError

    def back(self) -> str:
        """Where to go when all is said."""
        return object_url(self.row)

    def subtitle(self) -> str:
        return str(self.row)

    def show(
        self, form: forms.Form, *, template: str | None = None, **context: object
    ) -> TemplateResponse:
        shown = {
            **self.model_admin.admin_site.each_context(self.request),
            "title": self.title,
            "button": self.button or self.title,
            "subtitle": self.subtitle(),
            "opts": self.model_admin.opts,
            "row": self.row,
            "form": form,
            "facts": self.facts(),
            "consequences": self.consequences(),
            "back": self.back(),
            **context,
        }
        return TemplateResponse(self.request, template or self.template, shown)
