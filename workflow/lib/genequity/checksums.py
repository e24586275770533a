"""What each step wrote, as SHA-256: a file that was truncated or altered since is found before anybody builds on it.

Snakemake looks at times and at whether a file is there; it does not notice a file whose content was cut off or changed
while its time stayed. Each step therefore records its outputs in ``<results>/checksums/``, one small file beside each
path, in the form that ``sha256sum`` writes: ``cd results && cat $(find checksums -type f) | sha256sum -c`` checks all
of them without genequity.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from genequity import files
from genequity.errors import Problem

FOLDER = "checksums"
DO = "run 'make recover': it removes the file, and the build makes it again"


@dataclass(frozen=True)
class Record:
    """What is recorded of one file: its path under the results folder, SHA-256 and size in bytes."""

    path: str
    sha256: str
    size: int


def forget(outputs: Iterable[str | Path], results: str | Path) -> None:
    """Drop what is recorded of outputs that a step is about to write.

    Parameters
    ----------
    outputs : iterable of str or Path
        Files or folders.
    results : str or Path
        The study's results folder.
    """
    for path in outputs:
        record = _record_of(path, results)
        if record is None:
            continue
        for old in [record, *sorted(record.rglob("*"))]:
            if old.is_file():
                old.unlink()


def record(outputs: Iterable[str | Path], results: str | Path) -> None:
    """Record the outputs that a step has written; files outside the results folder are left out.

    Parameters
    ----------
    outputs : iterable of str or Path
        Files or folders; of a folder, every file.
    results : str or Path
        The study's results folder.
    """
    for path in _files(outputs):
        target = _record_of(path, results)
        if target is not None:
            line = f"{files.sha256(path)}  {path.relative_to(results).as_posix()}\n# {path.stat().st_size} bytes\n"
            target.parent.mkdir(parents=True, exist_ok=True)
            with files.writing(target) as part:
                part.write_text(line, encoding="utf-8")


def problems(results: str | Path, *, sizes_only: bool = False) -> list[tuple[Path, str]]:
    """Return every recorded file that is not as its step wrote it, with what is wrong; absent files are not listed.

    Parameters
    ----------
    results : str or Path
        The study's results folder.
    sizes_only : bool
        Compare sizes alone: finds truncation in no time, whatever the size of the files.
    """
    root = Path(results)
    found = []
    for entry in _recorded(root):
        path = root / entry.path
        if path.is_file() and (fault := _fault(path, entry, sizes_only=sizes_only)):
            found.append((path, fault))
    return found


def input_problems(inputs: Iterable[str | Path], results: str | Path) -> Iterator[Problem]:
    """Yield a problem for each input of a step that an earlier step made and that is not as it wrote it.

    Parameters
    ----------
    inputs : iterable of str or Path
        Files or folders that the step reads.
    results : str or Path
        The study's results folder.
    """
    for path in _files(inputs):
        record = _record_of(path, results)
        if record is not None and record.is_file() and (fault := _fault(path, _parsed(record))):
            yield Problem(str(path), fault, do=DO)


def _fault(path: Path, entry: Record, *, sizes_only: bool = False) -> str:
    size = path.stat().st_size
    if size != entry.size:
        return f"the file was changed since the step that made it: {entry.size:,} bytes then, {size:,} now"
    if not sizes_only and files.sha256(path) != entry.sha256:
        return "the file was changed since the step that made it: its size is the same, its content is not"
    return ""


def _files(paths: Iterable[str | Path]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(inner for inner in path.rglob("*") if inner.is_file())
        elif path.is_file():
            yield path


def _record_of(path: str | Path, results: str | Path) -> Path | None:
    """Return where a file is recorded; none for files that lie outside the results folder."""
    if not Path(path).is_relative_to(results):
        return None
    return Path(results) / FOLDER / Path(path).relative_to(results)


def _recorded(results: Path) -> Iterator[Record]:
    for path in sorted((results / FOLDER).rglob("*")):
        if path.is_file() and not files.is_part(path):
            yield _parsed(path)


def _parsed(record: Path) -> Record:
    line, size = record.read_text(encoding="utf-8").splitlines()[:2]
    sha256, path = line.split("  ", 1)
    return Record(path, sha256, int(size.split()[1]))
