"""Opening a project archive that somebody else made: nothing is unpacked to disk, attacks are refused."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from genequity.errors import InputError, Problem

MEMBERS = 20_000  # files in one archive
MEMBER_BYTES = 512 * 2**20  # unpacked size of one file; REFI-QDA allows 2 GB, texts are far smaller
TOTAL_BYTES = 2 * 2**30  # unpacked size of all files, the standard's own limit for internal sources
RATIO = 200  # unpacked to packed, looked at above one mebibyte; text rarely exceeds 10
LARGE = 2**20


def _objection(members: list[zipfile.ZipInfo]) -> str:
    """Say why the archive is refused, or return an empty string."""
    if len(members) > MEMBERS:
        return f"it holds {len(members):,} files, more than {MEMBERS:,}"
    if sum(member.file_size for member in members) > TOTAL_BYTES:
        return f"its files unpack to more than {TOTAL_BYTES // 2**30} GiB"
    seen: set[str] = set()
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0]:
            return "a file name inside it points outside the archive"
        if stat.S_ISLNK(member.external_attr >> 16):
            return "it holds a symbolic link"
        if member.flag_bits & 0x1:
            return "it is encrypted"
        if member.file_size > MEMBER_BYTES:
            return f"a file inside it unpacks to more than {MEMBER_BYTES // 2**20} MiB"
        if member.file_size > LARGE and member.file_size > RATIO * max(member.compress_size, 1):
            return f"a file inside it unpacks to more than {RATIO} times its packed size"
        if member.filename in seen:
            return "two files inside it have the same name"
        seen.add(member.filename)
    return ""


@contextmanager
def opened(path: str | Path) -> Iterator[zipfile.ZipFile]:
    """Open a .qdpx archive after looking at every entry.

    Raises
    ------
    InputError
        When the file is missing, is no ZIP archive, or looks unsafe: paths that leave the archive, symbolic
        links, encryption, doubled names, or sizes that point to a decompression bomb.
    """
    expected = "a REFI-QDA project (.qdpx), as exported by NVivo, ATLAS.ti, MAXQDA or QualCoder"
    if not Path(path).is_file():
        raise InputError(
            Problem(str(path), "the file does not exist", expected=expected, do="check the path in the config")
        )
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        problem = Problem(
            str(path),
            "the file is not a ZIP archive",
            expected=expected,
            do="export the project again, format REFI-QDA",
        )
        raise InputError(problem) from error
    with archive:
        objection = _objection(archive.infolist())
        if objection:
            problem = Problem(
                str(path),
                f"the archive is refused: {objection}",
                expected=expected,
                do="export the project again from the coding program; do not repack it by hand",
            )
            raise InputError(problem)
        yield archive


def read_member(archive: zipfile.ZipFile, name: str, file: str | Path) -> bytes:
    """Return one entry's bytes, or an InputError when the archive is damaged."""
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        problem = Problem(str(file), "an entry of the archive is damaged", do="export or copy the project again")
        raise InputError(problem) from error


def parse_xml(raw: bytes, file: str | Path, what: str) -> etree._Element:
    """Parse XML with entities, external files and the network switched off.

    Parameters
    ----------
    raw : bytes
        The document; a byte order mark or blanks before the declaration are forgiven.
    file : str or Path
        Named in messages.
    what : str
        What the document is, in the researcher's words.

    Raises
    ------
    InputError
        When it is not well formed or declares a document type (the only use of which here would be an
        attack).
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(raw.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        problem = Problem(
            str(file),
            f"{what} is not well-formed XML",
            where=f"line {line}" if line else "",
            expected="UTF-8 XML as the coding program wrote it",
            do="export the project again; if it was edited by hand, undo that",
        )
        raise InputError(problem) from error
    if root.getroottree().docinfo.doctype:
        problem = Problem(
            str(file),
            f"{what} declares a document type, which REFI-QDA does not use and which can hide entity attacks",
            do="export the project again from the coding program",
        )
        raise InputError(problem)
    return root
