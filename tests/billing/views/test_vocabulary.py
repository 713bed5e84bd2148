"""One word for each thing that happens to credits, everywhere the same."""

import re

from django.utils import translation

from billing.views import vocabulary
from credits.models import CreditTransaction
from tests.processes import PROJECT

# What was said before, and would be a second word for the same.
OTHER_WORDS = re.compile(r"\b(?:set aside|given back|clawed back|released)\b", re.IGNORECASE)


def documented():
    rows = []
    for term in vocabulary.TERMS:
        kinds = ", ".join(f"`{kind.value}`" for kind in term.kinds)
        with translation.override("zh-hans"):
            chinese = str(term.label)
        rows.append(f"| {term.label} | {chinese} | `{term.slug}` | {term.meaning} | {kinds} |")
    return rows


def test_every_kind_of_operation_has_one_word():
    kinds = [kind for term in vocabulary.TERMS for kind in term.kinds]

    assert sorted(kinds) == sorted(CreditTransaction.Kind)


def test_the_docs_have_this_table():
    text = (PROJECT / "docs/words.md").read_text()

    assert [line for line in text.splitlines() if line.startswith("| ") and "`" in line] == (
        documented()
    )


def test_no_page_and_no_mail_has_another_word_for_it():
    allowed = str(vocabulary.RESERVED.meaning)
    folder = PROJECT / "billing/templates/billing"
    found = {
        str(path.relative_to(folder)): OTHER_WORDS.findall(path.read_text().replace(allowed, ""))
        for path in folder.rglob("*")
        if path.is_file()
    }

    assert {path: words for path, words in found.items() if words} == {}
