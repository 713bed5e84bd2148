"""Short numbers: written from a UUID, read as people type them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import short_numbers

UUID_ = UUID("8f51371c-0d1e-4a2b-9c3d-4e5f60718293")


def means(text, uuid=UUID_):
    found = short_numbers.read(text)
    return found is not None and found[0] <= uuid <= found[1]


class TestShortNumber:
    def test_is_a_letter_and_eight_digits(self):
        assert short_numbers.write(UUID_) == "C-8F51371C"

    @given(st.uuids())
    def test_means_the_uuid_that_it_was_written_from(self, uuid):
        assert means(short_numbers.write(uuid), uuid)

    @pytest.mark.parametrize(
        "typed",
        [
            "c-8f51371c",
            "C8F51371C",
            "8f51371c",
            " C - 8F51 371C ",
            "C\N{EN DASH}8F51371C",
            "\N{FULLWIDTH LATIN CAPITAL LETTER C}\N{FULLWIDTH HYPHEN-MINUS}8F51371C",
            "C-8FSI37LC",
        ],
    )
    def test_is_read_as_people_type_it(self, typed):
        assert means(typed)

    def test_may_begin_with_the_letter_itself(self):
        uuid = UUID("c8f51371" + "0" * 24)

        assert means("C8F51371", uuid)
        assert means("C-C8F51371", uuid)

    @pytest.mark.parametrize(
        "typed", ["", "C-8F5137", "C-8F51371C0", "D-8F51371C", "C-8F51371X", str(UUID_)]
    )
    def test_is_not_read_into_anything_else(self, typed):
        assert short_numbers.read(typed) is None

    def test_means_neither_the_one_before_nor_the_one_after(self):
        assert not means("C-8F51371C", UUID("8f51371b" + "f" * 24))
        assert not means("C-8F51371C", UUID("8f51371d" + "0" * 24))
