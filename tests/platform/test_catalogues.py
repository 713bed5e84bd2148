"""Every sentence that the sources say is in the catalogue of its app, and no other is."""

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

# Each catalogue, and the folders whose sentences it holds.
HOLDS = {
    "locale": ["config", "templates"],
    "api/locale": ["api"],
    "billing/locale": ["billing"],
    "credits/locale": ["credits"],
}
# Which argument of a function is the sentence.
SAYING = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), 0),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), 0),
    "pgettext_lazy": 1,
}
# What Django makes of a template's tags, for tools that read Python.
SAID_BY_A_TEMPLATE = re.compile(r" n?gettext\(\s*u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")


def sentences(folder):
    for file in sorted((settings.BASE_DIR / folder).rglob("*")):
        if file.suffix == ".py":
            yield from said_in_python(file)
        elif file.suffix in {".html", ".txt"}:
            yield from said_in_a_template(file)


def said_in_python(file: Path):
    for call in ast.walk(ast.parse(file.read_text())):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = getattr(call.func, "id", "")
        if name in SAYING and isinstance(text := call.args[SAYING[name]], ast.Constant):
            yield text.value


def said_in_a_template(file: Path):
    for said in SAID_BY_A_TEMPLATE.findall(templatize(file.read_text())):
        yield ast.literal_eval(said)


@pytest.mark.parametrize("locale", ["zh_Hans", "de"])
@pytest.mark.parametrize("catalogue", HOLDS)
def test_a_catalogue_has_every_sentence_and_no_other(catalogue, locale):
    po = settings.BASE_DIR / catalogue / locale / "LC_MESSAGES" / "django.po"
    held = {
        message.id[0] if isinstance(message.id, tuple) else message.id
        for message in read_po(io.BytesIO(po.read_bytes()))
        if message.id
    }

    said = {sentence for folder in HOLDS[catalogue] for sentence in sentences(folder)}

    assert (said - held, held - said) == (set(), set()), "run `make messages`, then translate"


@pytest.mark.parametrize("locale", ["zh_Hans", "de"])
def test_catalogues_do_not_contradict_one_another(locale):
    """Django makes one of them all, in which the first one wins."""
    said: dict[tuple[object, object], set[object]] = {}
    for catalogue in HOLDS:
        po = settings.BASE_DIR / catalogue / locale / "LC_MESSAGES" / "django.po"
        for message in read_po(io.BytesIO(po.read_bytes())):
            if message.id:
                said.setdefault((message.context, message.id), set()).add(message.string)

    assert {key: words for key, words in said.items() if len(words) > 1} == {}


def test_credits_have_one_name_in_chinese():
    catalogues = [
        settings.BASE_DIR / catalogue / "zh_Hans/LC_MESSAGES/django.po" for catalogue in HOLDS
    ]

    assert [po for po in catalogues if "积分" in po.read_text()] == []
