"""Loads the writers of vendors' dialects, which stand beside the tests."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def vendors():
    """Return the module that writes one project as each program writes it."""
    spec = importlib.util.spec_from_file_location("vendors", Path(__file__).with_name("vendors.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def transcripts(vendors):
    """Return the transcripts of that project as the readers take them: by key of their name."""
    from genequity.coding import naming

    return {naming.key(name): text for name, text in vendors.TEXTS.items()}
