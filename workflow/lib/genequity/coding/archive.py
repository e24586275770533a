"""Opening files that somebody else made: nothing is unpacked to disk, attacks are refused."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from genequity.coding import decode
from genequity.errors import InputError, Problem, missing_file

MEMBERS = 20_000  # files in one archive
MEMBER_BYTES = 512 * 2**20  # unpacked size of one file; REFI-QDA allows 2 GB, texts are far smaller
TOTAL_BYTES = 2 * 2**30  # unpacked size of all files, the standard's own limit for internal sources
RATIO = 200  # unpacked to packed, looked at above one mebibyte; text rarely exceeds 10
LARGE = 2**20
MEDIA = (
    ".bmp",
    ".tif",
    ".tiff",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".wav",
    ".mp3",
    ".m4a",
    ".mp4",
    ".mov",
    ".avi",
    ".pdf",
)
PLAIN_BYTES = 512 * 2**20  # a text or table outside an archive
PROLOG = 64 * 2**10  # characters of an Office part in which a document type would stand
REFI = "a REFI-QDA project (.qdpx), as exported by NVivo, ATLAS.ti, MAXQDA or QualCoder"
REMOTE = re.compile(r"^\s*(?:https?|ftp|smb|file:/{4,}|\\\\|//)", re.IGNORECASE)


def _objection(members: list[zipfile.ZipInfo]) -> str:
    """Say why the archive is refused, or return an empty string."""
    if len(members) > MEMBERS:
        return f"it holds {len(members):,} files, more than {MEMBERS:,}"
    read = [member for member in members if not member.filename.lower().endswith(MEDIA)]
    if sum(member.file_size for member in read) > TOTAL_BYTES:
        return f"its files unpack to more than {TOTAL_BYTES / 2**30:.3g} GiB"
    seen: dict[str, tuple[int, int]] = {}
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0] or "\0" in member.orig_filename:
            return "a file name inside it points outside the archive"
        if stat.S_ISLNK(member.external_attr >> 16):
            return "it holds a symbolic link"
        if member.flag_bits & 0x1:
            return "it is encrypted"
        if seen.setdefault(member.filename, (member.CRC, member.file_size)) != (member.CRC, member.file_size):
            return "two files inside it have the same name"
        if member.filename.lower().endswith(MEDIA):
            continue  # never unpacked
        if member.file_size > MEMBER_BYTES:
            return f"a file inside it unpacks to more than {MEMBER_BYTES // 2**20} MiB"
        if member.file_size > LARGE and member.file_size > RATIO * max(member.compress_size, 1):
            return f"a file inside it unpacks to more than {RATIO} times its packed size"
    return ""


@contextmanager
def opened(
    path: str | Path, expected: str = REFI, do: str = "export the project again, format REFI-QDA"
) -> Iterator[zipfile.ZipFile]:
    """Open an archive after looking at every entry.

    Archives inside the archive are never opened.

    Raises
    ------
    InputError
        When the file is missing, is no ZIP archive, or looks unsafe: paths that leave the archive, symbolic
        links, encryption, doubled names, or sizes that point to a decompression bomb.
    """
    if not Path(path).is_file():
        raise InputError(
            Problem(str(path), "the file does not exist", expected=expected, do="check the path in the config")
        )
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(Problem(str(path), "the file is not a ZIP archive", expected=expected, do=do)) from error
    with archive:
        objection = _objection(archive.infolist())
        if objection:
            again = "export it again from the program that wrote it; do not repack it by hand"
            raise InputError(Problem(str(path), f"the archive is refused: {objection}", expected=expected, do=again))
        yield archive


def names(archive: zipfile.ZipFile) -> list[str]:
    """Return the entries that are files, without what packing programs add."""
    return [
        name
        for name in archive.namelist()
        if not name.endswith("/")
        and not name.startswith("__MACOSX/")
        and not name.replace("\\", "/").rpartition("/")[2].startswith("._")
    ]


def read_member(archive: zipfile.ZipFile, name: str, file: str | Path, most: int | None = None) -> bytes:
    """Return one entry's bytes, or the first ``most`` of them.

    Raises
    ------
    InputError
        When the archive is damaged, or the entry larger than it says.
    """
    try:
        with archive.open(name) as handle:
            raw = handle.read(MEMBER_BYTES + 1 if most is None else most)
    except Exception as error:  # zlib.error, lzma.LZMAError and more: each packing method has its own
        problem = Problem(str(file), "an entry of the archive is damaged", do="export or copy the project again")
        raise InputError(problem) from error
    if len(raw) > MEMBER_BYTES:
        raise InputError(Problem(str(file), "the archive is refused: an entry is larger than it says"))
    return raw


def read_file(path: str | Path) -> bytes:
    """Return the bytes of a file that is not there to be opened by a program, up to a limit.

    Raises
    ------
    InputError
        When the file is missing, a folder, or larger than :data:`PLAIN_BYTES`.
    """
    file = Path(path)
    if file.is_dir():
        raise InputError(Problem(str(path), "this is a folder", expected="a file", do="name the file in the config"))
    if not file.is_file():
        raise InputError(missing_file(str(path)))
    if file.stat().st_size > PLAIN_BYTES:
        message = f"the file is larger than {PLAIN_BYTES // 2**20} MiB and is refused"
        raise InputError(Problem(str(path), message, do="export the coded text alone, without pictures or recordings"))
    return file.read_bytes()


ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:[0-8]|1[124-9]|2\\d|3[01]|x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)


def parse_xml(raw: bytes, file: str | Path, what: str, notes: list[str] | None = None) -> etree._Element:
    """Parse XML with entities, external files and the network switched off.

    Parameters
    ----------
    raw : bytes
        The document; a byte order mark, blanks before the declaration and a declaration that does not fit its
        own bytes are forgiven.
    file : str or Path
        Named in messages.
    what : str
        What the document is, in the researcher's words.
    notes : list of str, optional
        Gets a sentence when characters that XML does not allow were read as blanks.

    Raises
    ------
    InputError
        When it is not well formed or declares a document type (the only use of which here would be an
        attack).
    """
    text = decode.xml_text(raw)
    start = re.search(r"<[A-Za-z_]", text)
    prolog = text[: start.start()] if start else text
    if re.search(r"<!(?:DOCTYPE|ENTITY)", re.sub(r"<!--.*?-->", "", prolog, flags=re.DOTALL), re.IGNORECASE):
        problem = Problem(
            str(file),
            f"{what} declares a document type, which REFI-QDA does not use and which can hide entity attacks",
            do="export the project again from the coding program",
        )
        raise InputError(problem)
    try:
        return _parsed(text)
    except (etree.XMLSyntaxError, ValueError) as first:
        cleaned, count = ILLEGAL.subn(" ", text)
        if count:
            try:
                root = _parsed(cleaned)
            except (etree.XMLSyntaxError, ValueError):
                pass
            else:
                if notes is not None:
                    notes.append(f"{count} characters that XML does not allow were read as blanks")
                return root
        line = getattr(first, "lineno", None)
        problem = Problem(
            str(file),
            f"{what} is not well-formed XML",
            where=f"line {line}" if line else "",
            expected="UTF-8 XML as the coding program wrote it",
            do="export the project again; if it was edited by hand, undo that",
        )
        raise InputError(problem) from None


def _parsed(text: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    return etree.fromstring(text.lstrip().encode("utf-8", "replace"), parser)


def check_office(path: str | Path, expected: str) -> None:
    """Look at a workbook or Word file before a library opens it.

    Raises
    ------
    InputError
        As :func:`opened` does; and when a part declares a document type, or fetches something from elsewhere
        other than by a link that a reader clicks.
    """
    with opened(path, expected, "save it again from the program that wrote it") as archive:
        for name in names(archive):
            lower = name.lower()
            if not lower.endswith((".xml", ".rels", ".vml")):
                continue
            head = decode.decode(read_member(archive, name, path, PROLOG)).text
            if re.search(r"<!(?:DOCTYPE|ENTITY)", head, re.IGNORECASE):
                message = "a part of the file declares a document type, which can hide entity attacks; it is refused"
                raise InputError(Problem(str(path), message, do="save it again from Word or Excel"))
            if lower.endswith(".rels"):
                _refuse_remote(archive, name, path)


def _refuse_remote(archive: zipfile.ZipFile, name: str, path: str | Path) -> None:
    root = parse_xml(read_member(archive, name, path), path, "a list of relations of the file")
    for relation in root:
        external = (relation.get("TargetMode") or "").lower() == "external"
        kind = (relation.get("Type") or "").rpartition("/")[2].lower()
        if external and kind != "hyperlink" and REMOTE.match(relation.get("Target") or ""):
            message = f"the file fetches a part of itself ({kind or 'unnamed'}) from another computer; it is refused"
            raise InputError(
                Problem(str(path), message, do="save it again without linked pictures, templates or objects")
            )
