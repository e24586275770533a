"""Compare a returned Word document with the one that went out: ``python -m genequity.authors.returning FILE``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from genequity.authors import cells, listing, returned
from genequity.authors.origins import Origins
from genequity.errors import InputError, Problem, missing_file
from genequity.publish import wordmap


def compare(document: str, results: str, notebooks: str) -> list[returned.Change]:
    """Return the changes of a returned document.

    Parameters
    ----------
    document : str
        The ``.docx`` that came back.
    results : str
        The folder of the study's results.
    notebooks : str
        The folder of the report's notebooks.

    Raises
    ------
    InputError
        If it is no Word document, or no document of this study.
    """
    path = Path(document)
    if not path.is_file():
        raise InputError(missing_file(document))
    try:
        new = wordmap.read(path.read_bytes())
    except ValueError as error:
        raise InputError(Problem(path.name, str(error), do="save it as .docx in Word and send it again")) from None
    old = wordmap.kept(new.digest, Path(results) / "cache" / "word") or _nearest(new, Path(results) / "report")
    if old is None:
        message = "the report that it was made from is not kept here"
        do = "build the report as it was when the document went out (make report), then run this again"
        raise InputError(Problem(path.name, message, do=do))
    folder = Path(results) / "release"
    return returned.changes(old, new, cells.Notebooks(notebooks), Origins(folder))


def _nearest(new: wordmap.Document, report: Path) -> list[wordmap.Paragraph] | None:
    """Return the map of the built document that a returned one without a digest shares most paragraphs with."""
    words = {paragraph.text for paragraph in new.paragraphs if len(paragraph.text) > 20}
    best: tuple[int, list[wordmap.Paragraph] | None] = (0, None)
    for path in sorted(report.glob("*.docx")):
        digest = wordmap.read(path.read_bytes()).digest
        if old := wordmap.kept(digest, report.parent / "cache" / "word"):
            shared = len(words & {paragraph.text for paragraph in old})
            best = max(best, (shared, old), key=lambda item: item[0])
    return best[1] if best[0] * 3 >= len(words) and best[0] else None


def main() -> int:
    """Print and write the list; return 1 when something was refused, 2 when the document cannot be compared."""
    parser = argparse.ArgumentParser(prog="python -m genequity.authors.returning", description=__doc__.splitlines()[0])
    parser.add_argument("document")
    parser.add_argument("--results", default="results")
    parser.add_argument("--notebooks", default="notebooks")
    parser.add_argument("--apply", action="store_true")
    options = parser.parse_args()
    try:
        changes = compare(options.document, options.results, options.notebooks)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    name = Path(options.document).stem
    stem = Path(options.results) / "report" / "returned" / name
    paths = listing.write(changes, stem, f"Changes in {Path(options.document).name}")
    if changes:
        print(listing.lines(changes), end="\n\n")
    print(listing.sums(changes))
    print(f"The list: {paths[0]}, and the same as .csv and .xlsx")
    if options.apply:
        done, left = returned.apply(changes, options.notebooks)
        print(f"Taken over into the notebooks: {len(done)}." + (f" Not sure, so left: {len(left)}." if left else ""))
    elif any(change.decision == returned.TEXT for change in changes):
        print("To take the changes of text over into the notebooks, run this again with --apply (APPLY=1 for make).")
    return int(any(change.decision == returned.REFUSED for change in changes))


if __name__ == "__main__":
    sys.exit(main())
