"""Mails as HTML: plain, readable in the dark, and nothing in them that tells who reads."""

import re
from html.parser import HTMLParser

import pytest

from billing.mails import samples
from billing.models import OutgoingMail

KINDS = list(OutgoingMail.Kind)
LANGUAGES = ["en", "zh-hans"]
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Reader(HTMLParser):
    """Keeps tags and attributes, and whether every tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.attributes = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
class TestEveryMail:
    def test_loads_nothing_from_anywhere(self, kind, language):
        html = samples.write(kind, language=language).html

        read = Reader(html)
        assert not {"img", "script", "link", "iframe", "svg"} & set(read.tags)
        assert "url(" not in html
        assert "@import" not in html
        assert {name for name, _value in read.attributes} <= {
            "lang", "charset", "name", "content", "class", "href", "scope",
        }  # fmt: skip

    def test_is_whole_in_its_language_and_made_for_the_dark(self, kind, language):
        html = samples.write(kind, language=language).html

        read = Reader(html)
        assert read.open == []
        assert f'<html lang="{language}">' in html
        assert "prefers-color-scheme: dark" in html
        assert read.tags.count("h1") == 1

    def test_says_the_same_in_text(self, kind, language):
        written = samples.write(kind, language=language)

        told = re.findall(r"\d[\d,.]*", " ".join(written.text.split("\n--\n")[0].split()))
        assert all(number in written.html for number in told)
        assert "\n" not in written.subject
        assert "{{" not in written.text + written.html
        assert "&amp;" not in written.text


class TestTheFrame:
    def test_names_the_site_and_whom_to_write_to_as_they_are_written(self, settings):
        settings.SITE_NAME = "Tom & Jerry's"
        settings.SITE_CONTACT = "Tom <b>& Sons</b>, help@example.com"

        written = samples.write("credits_arrived", language="en")

        assert "Tom & Jerry's: http://testserver" in written.text
        assert "Tom <b>& Sons</b>, help@example.com" in written.text
        assert "Tom &amp; Jerry" in written.html
        assert "<b>" not in written.html
        assert '<a href="mailto:help@example.com">' in written.html

    def test_speaks_chinese(self):
        written = samples.write("payment_refunded", language="zh-hans")

        assert written.subject == "来自 Credits 的退款"
        assert "US$39.00" in written.text
        assert "已退还给您" in written.html
