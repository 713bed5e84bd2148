"""Reasons: a code and its values in the row, words at display."""

import pytest
from django.utils import translation
from django.utils.functional import Promise

from billing import wording
from credits.wording import LONGEST_VALUE


class TestCode:
    def test_keeps_the_name_and_the_values(self):
        stored = wording.code("other_invoice", invoice="in_1")

        assert stored == 'other_invoice {"invoice": "in_1"}'
        assert wording.code("not_our_session") == "not_our_session"

    def test_takes_none_for_which_there_are_no_words(self):
        with pytest.raises(KeyError):
            wording.code("because")

    def test_takes_none_without_what_its_words_want(self):
        with pytest.raises(KeyError):
            wording.code("other_invoice")

    def test_keeps_no_novel(self):
        stored = wording.code("failed", type="ValueError", message="x" * 100_000)

        assert len(stored) < 2 * LONGEST_VALUE


class TestSay:
    def test_says_it_in_the_readers_language(self):
        stored = wording.code("other_invoice", invoice="in_1")

        english = wording.say(stored)
        with translation.override("zh-hans"):
            chinese = wording.say(stored)

        assert english == "The purchase has another invoice, in_1."
        assert "in_1" in chinese
        assert "invoice" not in chinese

    def test_says_several_one_after_the_other(self):
        stored = "\n".join([wording.code("not_our_session"), wording.code("thin_event")])

        assert wording.say(stored).startswith("Not a session of ours. A thin event")

    @pytest.mark.parametrize(
        "text", ["", "What a colleague wrote.", "other_invoice", 'other_invoice {"invoice', "x {}"]
    )
    def test_says_what_is_no_code_as_it_is(self, text):
        assert wording.say(text) == text

    def test_values_may_be_anything(self):
        stored = wording.code("stripe_said", message='50 % of "x"\n其余\0')

        assert wording.say(stored) == 'Stripe: 50 % of "x"\n其余'

    @pytest.mark.parametrize("name", wording.WORDS)
    def test_has_words_in_chinese(self, name):
        if not isinstance(wording.WORDS[name], Promise):
            pytest.skip("what was said is shown as it was said")
        with translation.override("zh-hans"):
            assert any("\u4e00" <= letter <= "\u9fff" for letter in str(wording.WORDS[name]))
