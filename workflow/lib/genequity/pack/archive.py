"""The pack as one zip archive: written the same each time, read as if a stranger had made it."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from genequity import files
from genequity.errors import InputError, Problem, missing_file, raise_if
from genequity.pack.limits import Limits

MOST_FILES = 2000
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold: no clock in the archive


def write(contents: Mapping[str, bytes], archive: str | Path) -> None:
    """Write files into an archive: sorted, dated alike, not compressed, so that the bytes are the same everywhere.

    Parameters
    ----------
    contents : mapping
        Path in the archive -> bytes.
    archive : str or Path
        The archive.
    """
    with files.writing(archive) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as made:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            made.writestr(entry, contents[name])


def read(archive: str | Path, limits: Limits) -> dict[str, bytes]:
    """Return the files of an archive; nothing is unpacked on the way.

    Parameters
    ----------
    archive : str or Path
        The archive.
    limits : Limits
        Largest file that is read.

    Raises
    ------
    InputError
        If it is no archive, or holds a path that leads out of it, a link, a repeated name or a file that is too large.
    """
    name = Path(archive).name
    if not Path(archive).is_file():
        raise InputError(missing_file(str(archive)))
    found: dict[str, bytes] = {}
    problems: list[Problem] = []
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if not (entry.is_dir() and is_plain(entry.filename[:-1]))]
            if len(entries) > MOST_FILES:
                most = f"at most {MOST_FILES:,}"
                raise InputError(Problem(name, f"{len(entries):,} files are too many", expected=most))
            for entry in entries:
                fault = _fault(entry, found, limits)
                if fault:
                    problems.append(Problem(name, fault, where=repr(entry.filename)))
                    continue
                with opened.open(entry) as handle:
                    found[entry.filename] = handle.read(limits.bytes + 1)
                if len(found[entry.filename]) != entry.file_size:
                    problems.append(Problem(name, "its size is not as stated", where=repr(entry.filename)))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        problems.append(Problem(name, f"it cannot be read as a zip archive ({type(error).__name__})"))
    raise_if(problems)
    return found


def _fault(entry: zipfile.ZipInfo, found: Mapping[str, bytes], limits: Limits) -> str:
    if not is_plain(entry.filename) or entry.filename != entry.orig_filename:
        return "the path leads out of the archive, or is not plain"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "it is a link or a device, not a file"
    if entry.flag_bits & 1:
        return "it is encrypted"
    if entry.filename.casefold() in {name.casefold() for name in found}:
        return "the name stands twice"
    if entry.file_size > limits.bytes:
        return f"{entry.file_size:,} bytes are too many (at most {limits.bytes:,})"
    return ""


def is_plain(name: str) -> bool:
    """Whether a path stays in the folder that it is unpacked into, on every system.

    >>> is_plain("release/survey/shares.csv"), is_plain("../shares.csv"), is_plain("C:/shares.csv")
    (True, False, False)
    """
    parts = name.split("/")
    return (
        bool(name)
        and not PurePosixPath(name).is_absolute()
        and not any(part in ("", ".", "..") or part.endswith((".", " ")) for part in parts)
        and not set(name) & set('\\:*?"<>|')
        and name.isprintable()
    )
