"""`docs/languages.md`, followed literally: French is added to a copy of the site."""

import re
import shutil

import pytest

from tests.hosts.document import section
from tests.platform.site import Site
from tests.processes import PROJECT

LANGUAGES = PROJECT / "docs" / "languages.md"
STEPS = ["1. Collect what there is to say", "2. Translate", "3. Compile", "4. Offer it"]
pytestmark = pytest.mark.skipif(
    not (shutil.which("msgmerge") and shutil.which("make")),
    reason="GNU gettext or make is not on this machine",
)


@pytest.fixture(scope="module")
def french(tmp_path_factory):
    """A copy of the site that speaks French as far as the page translates it."""
    site = Site(tmp_path_factory.mktemp("french") / "site")
    collect, translate, compile_, offer = (section(step, of=LANGUAGES) for step in STEPS)
    site.follow(collect)
    # An editor puts the translation where the sentence stands.
    [entry] = translate
    file = site.folder / entry.file
    sentence, translated = re.findall(r'^msg(?:id|str) (".+")$', entry.text, re.MULTILINE)
    before = file.read_text()
    assert f'msgid {sentence}\nmsgstr ""' in before
    file.write_text(
        before.replace(f'msgid {sentence}\nmsgstr ""', f"msgid {sentence}\nmsgstr {translated}")
    )
    site.follow(compile_)
    site.follow(offer)
    return site


class TestALanguageThatWasAdded:
    def test_is_spoken_to_a_browser_that_asks_for_it(self, french):
        page = french.page(language="fr")

        assert '<html lang="fr">' in page
        assert "Aller au contenu" in page

    def test_can_be_chosen_at_the_foot_of_each_page(self, french):
        page = french.page()

        assert '<html lang="en">' in page
        assert "français" in page
        assert "Deutsch" not in page

    def test_has_a_catalogue_in_each_app(self, french):
        catalogues = sorted(french.folder.glob("**/locale/fr/LC_MESSAGES/django.mo"))

        assert len(catalogues) == 4
