from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "tests.credits.host.people"
    label = "people"
