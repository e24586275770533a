"""``make losses``: the loss card of any coded file, without a study. What became of every coding, on one page."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from genequity import setup

CARD = "results/losses/loss_card.html"


def verb(options: argparse.Namespace) -> int:
    """Print the loss card of files, and write it as a page."""
    if not options.files:
        print("Name one or more coded files: make losses FILES=my-project.qdpx", file=sys.stderr)
        return 2
    setup.ensure("run")
    named = [str(options.started / file) for file in options.files]
    named += [f"--transcript={options.started / file}" for file in options.transcript or []]
    command = [str(setup.python()), "-m", "genequity.coding.card", *named, f"--format={options.format}"]
    return subprocess.run(command).returncode


def main(arguments: Sequence[str]) -> int:
    """Read the files, print the card and write the page; 1 when a file cannot be read or a coding was lost."""
    from genequity import files
    from genequity.coding import formats, losses, relocate
    from genequity.coding.readers import transcripts
    from genequity.errors import InputError

    parser = argparse.ArgumentParser(prog="genequity losses")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--transcript", action="append", default=[])
    parser.add_argument("--format", default=formats.AUTO)
    given = parser.parse_args(arguments)
    projects, paths, refused = [], [], []
    try:
        texts, warnings = transcripts.read_all(given.transcript)
    except InputError as error:
        texts, warnings = {}, []
        refused += error.problems
    for path in given.files:
        try:
            projects.append(formats.read({"path": path, "format": given.format}, texts))
            paths.append(path)
        except InputError as error:
            refused += error.problems
    if projects:
        projects = relocate.among(projects)
        print(losses.text(projects, paths))
        files.write_text(CARD, losses.page(projects, paths))
        print(f"The card as a page: {CARD}")
    for warning in warnings:
        print(f"warning: {warning}")
    problems = [*refused, *losses.problems(projects, paths)]
    for problem in problems:
        print(f"- {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
