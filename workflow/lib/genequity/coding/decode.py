"""Turning a text file's bytes into text, whatever encoding they have, and saying which one was taken."""

from __future__ import annotations

import re
from dataclasses import dataclass

BOM = "\ufeff"
SAMPLE = 4096  # bytes looked at for the zero bytes of UTF-16
MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
GUESSED = "cp1252"


@dataclass(frozen=True)
class Decoded:
    """A file's text, its encoding, and a warning where the encoding had to be guessed.

    ``text`` keeps a byte order mark as its first character, since some programs count it.
    """

    text: str
    encoding: str
    warning: str = ""


def decode(raw: bytes) -> Decoded:
    """Decode bytes by their byte order mark, else as UTF-16 without one, UTF-8, or Windows-1252 with a warning.

    Parameters
    ----------
    raw : bytes
        The whole file.
    """
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return Decoded(raw.decode(encoding, "replace"), encoding, _broken(raw, encoding))
    sample = raw[:SAMPLE]
    zeros = [sample[parity::2].count(0) for parity in (0, 1)]
    if len(sample) > 3 and max(zeros) > len(sample) // 5 and min(zeros) < len(sample) // 50 + 1:
        encoding = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        return Decoded(raw.decode(encoding, "replace"), encoding, _broken(raw, encoding))
    try:
        return Decoded(raw.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        text = raw.decode(GUESSED, "replace")
        return Decoded(text, GUESSED, "its text is not UTF-8 and was read as Windows-1252; look at its accents")


def _broken(raw: bytes, encoding: str) -> str:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return f"its text says that it is {encoding.upper()}, but some characters are damaged"
    return ""


DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
SINGLE_BYTE = ("iso-8859", "windows-125", "latin", "cp125", "us-ascii")


def xml_text(raw: bytes) -> str:
    """Return the text of an XML document without byte order mark and XML declaration.

    Programs write UTF-8 that declares itself UTF-16 and the reverse; what the bytes are stands above what they say.
    A declared one-byte encoding is believed.
    """
    found = decode(raw)
    text = found.text
    declared = DECLARED.match(raw[:200])
    if declared and found.encoding in ("utf-8", GUESSED):
        name = declared[1].decode("ascii").lower()
        if name.startswith(SINGLE_BYTE):
            text = raw.decode(name, "replace")
    return DECLARATION.sub("", text.removeprefix(BOM), count=1)
