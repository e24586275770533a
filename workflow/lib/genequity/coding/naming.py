"""Names of sources: which two names mean the same text, and how to tell two texts of one name apart."""

from __future__ import annotations

import re
import unicodedata

ENDINGS = (".txt", ".docx", ".doc", ".md", ".rtf", ".vtt", ".srt", ".pdf", ".odt", ".html", ".htm")


def key(name: str) -> str:
    """Return what two names of one text have in common: no folder, no ending, no capitals, no blanks or marks.

    >>> key("Interviews/Interview_01.docx") == key("interview 01")
    True
    """
    name = unicodedata.normalize("NFKC", name).replace("\\", "/").rpartition("/")[2].strip().casefold()
    for ending in ENDINGS:
        if name.endswith(ending):
            name = name.removesuffix(ending)
            break
    return re.sub(r"[\W_]+", "", name) or name


class Names:
    """Hands out names of sources; a name that was taken gets a number behind it."""

    def __init__(self):
        self.taken: set[str] = set()
        self.renamed = 0

    def unique(self, name: str) -> str:
        """Return the name, or ``name (2)`` where another source has it."""
        found, number = name, 1
        while found in self.taken:
            number += 1
            found = f"{name} ({number})"
        self.renamed += found != name
        self.taken.add(found)
        return found
