"""The verbs of ``make`` and of ``python -m genequity``: their names, sentences and options.

A verb names its function as ``module:function``; the module is imported only when the verb is called, so that every
verb starts at once. The function gets the parsed options and returns the exit status.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from genequity import runs, setup

ROOT = setup.ROOT
STUDY_FILE = "study.yaml"


def run(arguments: list[str]) -> int:
    """Run one verb with its options and return the exit status."""
    parser = argparse.ArgumentParser(prog="genequity", description="A mixed-methods study as one reproducible build.")
    verbs = parser.add_subparsers(dest="verb", metavar="verb")
    for name, (function, sentence, options) in VERBS.items():
        verb = verbs.add_parser(name, help=sentence, description=sentence)
        verb.set_defaults(function=function)
        for flag, settings in options.items():
            verb.add_argument(flag, **settings)
    options = parser.parse_args(arguments)
    if options.verb is None:
        parser.print_help()
        return 0
    options.started = Path.cwd()  # where the person stands; everything runs in the project's folder
    if getattr(options, "study", None):
        options.study = from_root(options.study, options.started)
    os.chdir(ROOT)
    os.environ[runs.VERB] = json.dumps(_again(options))
    try:
        module, function = options.function.split(":")
        return getattr(importlib.import_module(module), function)(options)
    except KeyboardInterrupt:
        print("\nStopped. Finished steps are kept: the same command goes on from here.", file=sys.stderr)
        return 130


def _again(options: argparse.Namespace) -> list[str]:
    """Return the words that call a verb again from the project's folder: its name, options and arguments."""
    words = [options.verb]
    for flag in VERBS[options.verb][2]:
        value = getattr(options, flag.lstrip("-").replace("-", "_"), None)
        if not flag.startswith("-"):
            words += value if isinstance(value, list) else [str(value)] * (value is not None)
        elif value is True:
            words.append(flag)
        elif value not in (None, False):
            words += [flag, str(value)]
    return words


def from_root(file: str, started: Path) -> str:
    """Return a file that was named where the person stands as it is named from the project's folder.

    >>> from_root("config/real.yaml", ROOT)
    'config/real.yaml'
    """
    path = Path(os.path.normpath(started / file))
    if (path / STUDY_FILE).is_file():
        path = path / STUDY_FILE  # the folder of a study that `new` made
    if not path.exists():
        return file
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


_RESPONSES = {"help": "a survey file (.sav, .zsav, .dta) to copy there; its variables begin the codebook"}
_STRANDS = {"help": "strands to switch on, with commas between them: survey,interviews"}
_CORES = {"--cores": {"default": "all", "help": "how many cores to use (default: all)"}}
_STUDY = {"--study": {"help": "config file or folder of a study (default: the demonstration)"}}
_VERBOSE = {"--verbose": {"action": "store_true", "help": "show Snakemake's own output instead of the live line"}}
_SECTION = {"section": {"nargs": "?", "help": "a notebook of notebooks/, such as survey"}}
_BROWSER = {
    "--port": {"type": int, "default": 0, "help": "a port of this machine (default: a free one)"},
    "--no-browser": {"action": "store_true", "help": "print the address and open no browser"},
}
_KIND = {"choices": list(setup.LOCKS), "default": "run"}
_REST = {"arguments": {"nargs": "*", "help": "passed on to pytest"}}
VERBS: dict[str, tuple[str, str, dict[str, dict[str, Any]]]] = {
    "new": (
        "genequity.commands:new",
        "make the folder of a study, with templates to fill in",
        {
            "--strands": _STRANDS,
            "--responses": _RESPONSES,
            "folder": {"nargs": "?", "default": "", "help": "the new folder"},
        },
    ),
    "report": (
        "genequity.commands:report",
        "build the report of a study",
        {**_STUDY, **_CORES, **_VERBOSE, "targets": {"nargs": "*", "help": "single files to build instead"}},
    ),
    "inside": (
        "genequity.commands:inside",
        "write the release pack alone, in an environment with only what this needs",
        {**_STUDY, **_CORES, **_VERBOSE},
    ),
    "outside": (
        "genequity.commands:outside",
        "check a release pack and build the report from it alone",
        {
            "--pack": {"help": "the archive that left: pack.zip"},
            "--approval": {"help": "its approval (default: approval.yaml beside the archive)"},
            **_CORES,
            **_VERBOSE,
        },
    ),
    "cluster": (
        "genequity.cluster:cluster",
        "build the report of a study on a Slurm cluster",
        {
            **_STUDY,
            "--partition": {"help": "partition of the jobs (default: the site's)"},
            "--account": {"help": "account that is charged, where the site keeps accounts"},
            "--memory": {"type": int, "help": "megabytes of a job (default: by the size of its inputs)"},
            "--minutes": {"type": int, "help": "minutes that a job may take (default: 240)"},
            "--jobs": {"type": int, "help": "jobs at once (default: 50)"},
            "--profile": {"help": "folder of a profile of your own (default: workflow/profiles/slurm)"},
            "--stalled": {"type": float, "default": 15, "help": "stop after so many minutes in which nothing moves"},
            **_VERBOSE,
            "targets": {"nargs": "*", "help": "single files to build instead"},
        },
    ),
    "declare": (
        "genequity.commands:declare",
        "write down the primary analyses of a study and its rule of consensus, once, before data and votes are seen",
        _STUDY,
    ),
    "check": ("genequity.commands:check", "read all inputs and list every problem, computing nothing", _STUDY),
    "losses": (
        "genequity.coding.card:verb",
        "say what became of every coding of coded files, without a study",
        {
            "files": {"nargs": "*", "help": "what a coding program exported: .qdpx, .qda, .sqlite3, .xlsx, .csv, …"},
            "--transcript": {"action": "append", "help": "a transcript in which segments without positions are found"},
            "--format": {"default": "auto", "help": "the files' format (default: told by their content)"},
        },
    ),
    "real": ("genequity.commands:real", "build the format trial on public data", {**_CORES, **_VERBOSE}),
    "status": ("genequity.status:status", "say what is built, what is not, and whether a run is going on", _STUDY),
    "explain": (
        "genequity.explain:explain",
        "say what a file is made from, and why it would be made again",
        {**_STUDY, "file": {"help": "a path, or its short form: survey/shares, report.pdf"}},
    ),
    "recover": (
        "genequity.recover:recover",
        "go on after a run that was killed, stopped or disturbed, whatever happened",
        {
            **_STUDY,
            "--pack": {"help": "the release pack of an interrupted 'outside'"},
            "--approval": {"help": "its approval"},
            "--cores": {"help": "how many cores to use (default: as the run before)"},
            **_VERBOSE,
        },
    ),
    "verify": (
        "genequity.verify.command:verify",
        "build a study again and compare every number with what was published",
        {
            **_STUDY,
            "--expected": {"help": "what was published: the folder 'expected', or a release pack"},
            "--pack": {"help": "check a release pack instead of a study"},
            "--approval": {"help": "its approval (default: approval.yaml beside the archive)"},
            **_CORES,
        },
    ),
    "expected": (
        "genequity.verify.command:expected",
        "write what others need to verify a study that was built",
        {**_STUDY, "--to": {"help": "folder to write (default: expected/ beside the study's config)"}},
    ),
    "test": ("genequity.commands:test", "run the fast tests", _REST),
    "test-slow": ("genequity.commands:test_slow", "run whole builds, browser, Office and PDF checks", _REST),
    "edit": (
        "genequity.authors.commands:edit",
        "open a section of the report in JupyterLab, with the release of a study",
        {**_SECTION, **_STUDY, **_BROWSER},
    ),
    "preview": (
        "genequity.authors.commands:preview",
        "show a section, or the whole report, as it reads while it is edited",
        {**_SECTION, **_STUDY, **_BROWSER},
    ),
    "kernel": (
        "genequity.authors.commands:kernel",
        "write the kernel that VS Code offers, with the release of a study",
        _STUDY,
    ),
    "returned": (
        "genequity.authors.commands:returned",
        "list what was edited in a Word report that comes back, by notebook and cell",
        {
            "document": {"nargs": "?", "help": "the .docx that came back"},
            **_STUDY,
            "--apply": {"action": "store_true", "help": "take the changes of text over into the notebooks"},
        },
    ),
    "lint": (
        "genequity.commands:lint",
        "check the style of code, rules and notebooks",
        {
            "--notebooks": {"action": "store_true", "help": "the notebooks alone"},
            "--strip": {"action": "store_true", "help": "take outputs out of the notebooks first"},
        },
    ),
    "docs": ("genequity.commands:docs", "write the generated pages: config reference, conda file", {}),
    "bench": (
        "genequity.commands:bench",
        "measure builds: cold, nothing to do, one notebook edited",
        {
            "--runs": {"type": int, "default": 3, "help": "how many times each is measured (default: 3)"},
            "--what": {
                "choices": ["build", "coding", "service"],
                "default": "build",
                "help": "coding: agreement of coders; service: models of 57 million residents",
            },
            "--rows": {"help": "with --what service: how many residents (default: 57000000)"},
        },
    ),
    "wheelhouse": (
        "genequity.wheelhouse:wheelhouse",
        "fetch all packages into wheelhouse/, for a machine without internet",
        {"--kind": {**_KIND, "help": "whose packages (default: run)"}},
    ),
    "environment": (
        "genequity.commands:environment",
        "set up the environment and stop",
        {"--kind": {**_KIND, "help": "which environment (default: run)"}},
    ),
    "clean": ("genequity.commands:clean", "remove what builds wrote", {}),
}
