"""One study made for all tests that only look at it or change a copy."""

import pytest
from genequity.study import new


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A new study with the survey switched on; copy it before changing it."""
    folder = tmp_path_factory.mktemp("made") / "my-study"
    new.make(folder, ["survey"], date="2026-11-22")
    return folder
