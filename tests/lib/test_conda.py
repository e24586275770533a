"""The conda environment holds every package of the lock, in its version, and nothing else."""

import re

import pytest
import yaml
from genequity import reference
from genequity.config import ROOT


@pytest.fixture(scope="module")
def named() -> dict[str, str]:
    """Package as conda, or pip, knows it -> version."""
    entries = yaml.safe_load((ROOT / "envs" / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    pins = [entry for entry in entries if isinstance(entry, str) and entry not in ("pip", "python=3.11")]
    return dict(re.split("==?", pin) for pin in [*pins, *by_pip])


def lines() -> list[tuple[str, str, str]]:
    """(name, version, condition) of the lock, read here by other means than there."""
    text = (ROOT / "envs" / "requirements.txt").read_text(encoding="utf-8")
    heads = [line.rstrip(" \\") for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    return [(*head.partition(" ; ")[0].split("=="), head.partition(" ; ")[2]) for head in heads]


def test_every_unconditional_package_of_the_lock_is_there_in_its_version(named):
    always = [(name, version) for name, version, condition in lines() if not condition]
    assert len(always) > 80
    for name, version in always:
        assert named[reference.CONDA_NAMES.get(name) or name] == version


def test_nothing_is_there_that_is_not_in_the_lock(named):
    known = {(reference.CONDA_NAMES.get(name) or name, version) for name, version, _ in lines()}
    assert set(named.items()) <= known


def test_conditions_are_decided_for_the_python_that_is_named(named):
    assert "appnope" not in named  # macOS
    assert "colorama" not in named  # Windows
    older = {name: version for name, version, condition in lines() if "< '3.12'" in condition}
    assert older
    for name, version in older.items():
        assert named[name] == version
    assert named["soupsieve"] == next(v for n, v, c in lines() if n == "soupsieve" and ">= '3.11.5'" in c)


def test_it_says_that_it_was_not_solved():
    text = (ROOT / "envs" / "environment.yml").read_text(encoding="utf-8")
    assert text.startswith("# Generated from envs/requirements.txt")
    assert "not solved here" in text
