"""The authors' verbs: edit, kernel, preview, returned. Standard library only, up to the environment they set up."""

from __future__ import annotations

import argparse
import subprocess
import sys

from genequity import setup
from genequity.authors import kernelspec, lab
from genequity.commands import no_study, results

NOTEBOOKS = "notebooks"


def _ready(options: argparse.Namespace, kind: str) -> tuple[int, str]:
    """Set up the environment for a study; return an exit status (0 to go on) and the study's release folder."""
    said = lab.section_problem(lab.named(getattr(options, "section", None)), NOTEBOOKS)
    if said:
        print(said, file=sys.stderr)
        return 2, ""
    if fault := no_study(options.study):
        return fault, ""
    setup.ensure(kind)
    release = f"{results(options.study).as_posix()}/release"
    if said := lab.release_problem(release, options.study):
        print(said, file=sys.stderr)
        return 1, ""
    return 0, release


def edit(options: argparse.Namespace) -> int:
    """Open a section of the report in JupyterLab, with the release of a study."""
    fault, release = _ready(options, "authors")
    section = lab.named(options.section)
    browser = not options.no_browser
    return fault or lab.edit(
        str(setup.python()), NOTEBOOKS, section, release, port=options.port or None, browser=browser
    )


def kernel(options: argparse.Namespace) -> int:
    """Write the kernel that VS Code offers, with the release of a study."""
    fault, release = _ready(options, "run")
    if fault:
        return fault
    path = kernelspec.write(setup.ENVIRONMENT, setup.python(), release)
    print(f"The kernel '{kernelspec.NAME}' opens {release}: {path}")
    print("In VS Code: Select Kernel, Jupyter Kernel, genequity. config/guide/edit-the-report.md says more.")
    return 0


def preview(options: argparse.Namespace) -> int:
    """Show a section, or the whole report, as it reads while it is edited."""
    fault, release = _ready(options, "run")
    if fault:
        return fault
    own = ["--release", release, "--out", f"{release.removesuffix('release')}preview", "--port", str(options.port)]
    own += ["--no-browser"] if options.no_browser else []
    own += [lab.named(options.section)] if options.section else []
    return lab.until_ended([str(setup.python()), "-m", "genequity.authors.live", *own])


def returned(options: argparse.Namespace) -> int:
    """List what was changed in a Word report that comes back."""
    if not options.document:
        print("Name the document that came back: make returned WORD=report-edited.docx", file=sys.stderr)
        return 2
    if fault := no_study(options.study):
        return fault
    setup.ensure("run")
    own = ["--results", results(options.study).as_posix(), *(["--apply"] if options.apply else [])]
    document = str(options.started / options.document)
    command = [str(setup.python()), "-m", "genequity.authors.returning", document, *own]
    return subprocess.run(command).returncode
