"""The verbs ``verify`` and ``expected``: standard library only, so that they can set up the environment first."""

from __future__ import annotations

import argparse
import subprocess

from genequity import setup
from genequity.commands import no_study


def verify(options: argparse.Namespace) -> int:
    """Build a study again and compare it, cell by cell, with what was published; see README for the exit status."""
    if fault := no_study(options.study):
        return fault
    return _call("check", options, ("study", "expected", "pack", "approval", "cores"))


def expected(options: argparse.Namespace) -> int:
    """Write what others need to check a study that was built: released values, words of the report, hashes."""
    if fault := no_study(options.study):
        return fault
    return _call("write", options, ("study", "to"))


def _call(what: str, options: argparse.Namespace, names: tuple[str, ...]) -> int:
    setup.ensure("run")
    given = [(f"--{name}", getattr(options, name)) for name in names]
    arguments = [text for flag, value in given if value for text in (flag, str(value))]
    return subprocess.run([str(setup.python()), "-m", "genequity.verify", what, *arguments]).returncode
