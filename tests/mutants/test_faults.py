import ast

import pytest

from tests.mutants.__main__ import FAULTS
from tests.mutants.fault import PROJECT, Fault, Misfit

BY_NAME = {f"{fault.file}: {fault.name}": fault for fault in FAULTS}


@pytest.fixture(params=BY_NAME)
def fault(request):
    return BY_NAME[request.param]


class TestEachFault:
    def test_fits_its_file_and_leaves_it_readable(self, fault):
        sound = (PROJECT / fault.file).read_text()

        planted = fault.planted_in(sound)

        assert planted != sound
        if fault.file.endswith(".py"):
            ast.parse(planted)

    def test_names_tests_that_there_are(self, fault):
        for path in fault.tests.split():
            file, *names = path.split("::")
            text = (PROJECT / "tests" / file).read_text()
            for name in names:
                assert f"class {name}" in text or f"def {name}(" in text, path


class TestFaults:
    def test_have_names_of_their_own(self):
        assert len(BY_NAME) == len(FAULTS)

    @pytest.mark.parametrize("text", ["two and two", "none"])
    def test_fit_once_or_not_at_all(self, text):
        fault = Fault("a fault", "a file", "two", "three", "")

        with pytest.raises(Misfit, match="a file"):
            fault.planted_in(text)
