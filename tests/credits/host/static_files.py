"""Storage that finds a static file, or says which one a page asked for in vain."""

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class Found(StaticFilesStorage):
    def url(self, name):
        assert finders.find(name), f"no static file {name}"
        return super().url(name)
