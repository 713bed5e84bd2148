from django.contrib import admin

from people.models import Person


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display = ("email_address", "is_active", "is_staff")
    search_fields = ("email_address",)
