"""What a published study carries so that others can check it: released values, the words of its report, hashes."""

from __future__ import annotations

import hashlib
import html
import json
import platform
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genequity import files
from genequity.errors import InputError, Problem
from genequity.verify.compare import without_version

NAME = "expected.json"
VALUES = "values"
WORDS = "words"
REPORTS = ("report.html", "report.pdf", "report.docx")
SUMMARIES = ("executive-summary.html", "executive-summary.pdf", "executive-summary.docx")
_PICTURE = re.compile(r"<(svg|style|script)\b.*?</\1>", re.DOTALL)
_BLOCK = re.compile(r"</(?:p|h\d|li|td|th|tr|figcaption|caption|div|dt|dd|title)>|<br\s*/?>")
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Expected:
    """Released values by path, hashes and words of the report by file name, facts of the build that made them."""

    values: dict[str, bytes]
    report: dict[str, str]
    words: dict[str, str]
    facts: dict[str, Any]
    source: str


def write(release: str | Path, report: str | Path | None, folder: str | Path) -> None:
    """Write ``expected/`` of a built study: copies of its released files, and hashes of its report.

    Parameters
    ----------
    release : str or Path
        ``results/release``.
    report : str or Path or None
        ``results/report``; none where only the release was built.
    folder : str or Path
        Where to write; an earlier one is replaced.
    """
    values = _released(Path(release))
    shutil.rmtree(Path(folder) / VALUES, ignore_errors=True)
    for name, content in values.items():
        with files.writing(Path(folder) / VALUES / name) as part:
            part.write_bytes(content)
    reports = [] if report is None else [Path(report) / name for name in (*REPORTS, *SUMMARIES)]
    found = {path.name: files.sha256(path) for path in reports if path.is_file()}
    for path in reports:
        if path.suffix == ".html" and path.is_file():
            files.write_text(Path(folder) / WORDS / f"{path.stem}.txt", words(path))
    study = json.loads(values["study.json"])
    whole = {
        "study": {key: study[key] for key in ("title", "version", "date", "data")},
        "code_version": study["code_version"],
        "platform": here(),
        "values": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(values.items())},
        "report": found,
    }
    files.write_json(Path(folder) / NAME, whole)


def here() -> dict[str, str]:
    """Return the platform of this machine: identical bytes are promised only where it is the same."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


def read(place: str | Path) -> Expected:
    """Read an ``expected/`` folder, or a release pack, which holds the same released values.

    Parameters
    ----------
    place : str or Path
        The folder, or ``pack.zip``.

    Raises
    ------
    InputError
        If it is neither, or a value is not the one whose hash it carries.
    """
    path = Path(place)
    if path.suffix == ".zip":
        return _pack(path)
    if not (path / NAME).is_file():
        message = f"there is no {NAME} in it" if path.is_dir() else "this folder does not exist"
        do = "name the folder 'expected' that came with the report, or the release pack"
        raise InputError(Problem(str(place), message, do=do))
    whole = json.loads((path / NAME).read_text(encoding="utf-8"))
    values = _released(path / VALUES)
    wrong = [
        Problem(str(path / VALUES / name), "the file is not the one that was published (its hash differs)")
        for name, digest in whole["values"].items()
        if name not in values or hashlib.sha256(values[name]).hexdigest() != digest
    ]
    wrong += [
        Problem(str(path / VALUES / name), f"{NAME} does not list this file")
        for name in sorted(set(values) - set(whole["values"]))
    ]
    if wrong:
        raise InputError(wrong)
    texts = {file.stem: file.read_text(encoding="utf-8") for file in sorted((path / WORDS).glob("*.txt"))}
    facts = {key: whole[key] for key in ("study", "code_version", "platform")}
    return Expected(values, whole["report"], texts, facts, str(place))


def _pack(path: Path) -> Expected:
    from genequity.pack import archive, limits, manifest
    from genequity.pack.build import RELEASE

    contents = archive.read(path, limits.read())
    listed = manifest.read(contents, path.name)
    problems = list(manifest.problems(contents, listed, path.name))
    if problems:
        raise InputError(problems)
    values = {
        name.removeprefix(f"{RELEASE}/"): content
        for name, content in contents.items()
        if name.startswith(f"{RELEASE}/") and not name.endswith(".txt")
    }
    facts = {"study": listed["study"], "code_version": listed["code_version"], "platform": {}}
    return Expected(values, {}, {}, facts, str(path))


def _released(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not files.is_part(path)
    }


def words(path: str | Path) -> str:
    """Return the words of an HTML report, one paragraph a line, without pictures and without the version of the code.

    PDF and Word carry the same words: the report's tests hold them to it.
    """
    page = _PICTURE.sub(" ", Path(path).read_text(encoding="utf-8"))
    text = html.unescape(_TAG.sub(" ", _BLOCK.sub("\n", page)))
    return without_version("\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))) + "\n"
