"""
Users and groups, on pages of plain fields.

The stock pages offer single permissions by name, in widgets that a screen reader cannot use; here
people get what they may do from groups. Nobody but a superuser makes staff.
"""

from typing import Any

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing import users
from billing.staff_site import groups
from config import permissions, staff_access
from credits.admin import notes, overlay
from credits.admin.links import object_link
from credits.admin.notes import SaysNotes
from credits.models import Account

notes.add({"account_opened": _("Opened a credit account.")})


class PersonForm(UserChangeForm):
    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if email and users.having(email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Somebody else has this address."))
        return email


class PersonAdmin(SaysNotes, UserAdmin):
    form = PersonForm
    list_display = ("email", "username", "is_staff", "is_active", "date_joined")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    ordering = ("-pk",)
    # By an index: no other column has one.
    sortable_by = ("username",)
    show_full_result_count = False
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "email", "password", "credits")}),
        (_("What they may do"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Signing in"), {"fields": ("second_factor",)}),
        (_("Times"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined", "credits", "second_factor")
    actions = ("open_account",)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return fields
        # Otherwise whoever edits people could make themselves anything.
        return [*fields, "is_staff", "is_superuser", "groups"]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:
        """Change an address everywhere; whoever is signed in with the old one is signed out."""
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            users.change_address(obj, obj.email, sign_out=obj.pk != request.user.pk)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let only a superuser change staff: whose address one changes, one can sign in as."""
        is_staff = isinstance(obj, User) and obj.is_staff
        return super().has_change_permission(request, obj) and (
            not is_staff or request.user.is_superuser
        )

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # A person with a ledger is erased, not deleted: see docs/staff.md.
        return False

    @admin.display(description=_("credits"))
    def credits(self, person: User) -> str:
        return object_link(Account.objects.filter(user=person).first(), _("Account"))

    @admin.display(description=_("second factor"))
    def second_factor(self, person: User) -> str:
        kinds = staff_access.factors(person)
        return ", ".join(str(Authenticator.Type(kind).label) for kind in kinds) or "-"

    def has_open_account_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("credits.adjust_account")

    @admin.action(description=_("Open a credit account"), permissions=["open_account"])
    def open_account(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Open one for who has none yet, so that a colleague can adjust its credits."""
        new = people.filter(credit_account=None)
        for person in new:
            Account.objects.for_user(person)
            self.log_change(request, person, notes.code("account_opened"))
        message = ngettext("%d account was opened.", "%d accounts were opened.", len(new))
        self.message_user(request, message % len(new), messages.SUCCESS)


class AddressAdmin(EmailAddressAdmin):  # type: ignore[misc]
    """What allauth knows of an address: staff may call it verified, and change it on the person."""

    readonly_fields = ("user", "email", "primary")
    sortable_by = ("email", "user")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def keep_lower_case(instance: User, **_kwargs: Any) -> None:
    """Store an address as allauth looks for it, whoever makes the user: `createsuperuser` too."""
    instance.email = instance.email.lower()


class TeamAdmin(GroupAdmin):
    filter_horizontal = ()

    def get_form(
        self,
        request: HttpRequest,
        obj: Group | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - as Django's own
        **kwargs: Any,
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        if "permissions" in form.base_fields:
            form.base_fields["permissions"].queryset = permissions.offered(self.admin_site, obj)
        return form

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> Any:
        if db_field.name == "permissions":
            kwargs["widget"] = forms.SelectMultiple(attrs={"size": 20})
            kwargs["form_class"] = permissions.PermissionsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name the groups; what they give belongs to them, and nobody's row goes with them."""
        names = [str(group) for group in objs]
        missing = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return names, {self.opts.verbose_name_plural: len(names)}, missing, []


def take_over(site: AdminSite) -> None:
    """
    Put these pages in the place of Django's and allauth's.

    There are none of second factors, whose secrets stand in them, nor of sessions.
    """
    site.unregister([User, Group, EmailAddress, Authenticator, UserSession])
    site.register(User, PersonAdmin)
    site.register(EmailAddress, AddressAdmin)
    site.register(Group, TeamAdmin)
    overlay.rows(Group, lambda group: groups.shown(group.name))
