import re

import pytest

from billing.vouchers import codes

SEED = bytes(range(32))


class TestCode:
    def test_is_16_characters_of_which_none_is_like_another(self):
        code = codes.code(SEED, 1)

        assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{16}", code)
        assert len(set(codes.ALPHABET)) == 32

    def test_is_the_same_of_the_same_seed_and_number(self):
        assert codes.code(SEED, 7) == codes.code(SEED, 7)

    def test_differs_by_seed_and_by_number(self):
        made = {codes.code(seed, number) for seed in (SEED, SEED[::-1]) for number in range(1000)}

        assert len(made) == 2000

    def test_uses_every_character_in_every_place(self):
        made = [codes.code(SEED, number) for number in range(2000)]

        assert all(len({code[place] for code in made}) == 32 for place in range(codes.LENGTH))


class TestGrouped:
    def test_parts_a_code_in_fours(self):
        assert codes.grouped("7K3M9QXD0VTB2HNC") == "7K3M-9QXD-0VTB-2HNC"


class TestDigest:
    @pytest.mark.parametrize(
        "typed",
        [
            "7K3M9QXD0VTB2HNC",
            "7k3m-9qxd-0vtb-2hnc",
            "  7K3M 9QXD 0VTB 2HNC\n",
            "7K3M\N{EN DASH}9QXD\N{MINUS SIGN}0VTB\N{NO-BREAK SPACE}2HNC",
            "7K3M-9QXD-OVTB-2HNC",  # the letter O
            "\N{FULLWIDTH DIGIT SEVEN}K3M9QXD0VTB2HNC",
        ],
    )
    def test_is_the_same_however_a_code_is_typed(self, typed):
        assert codes.digest(typed) == codes.digest("7K3M-9QXD-0VTB-2HNC")

    def test_takes_the_letters_i_and_l_for_one(self):
        assert codes.digest("IL") == codes.digest("11")

    def test_differs_for_another_code(self):
        assert codes.digest("7K3M-9QXD-0VTB-2HNC") != codes.digest("7K3M-9QXD-0VTB-2HND")
