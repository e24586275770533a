"""A codebook begun from the labels of a survey file, so that nobody types again what SPSS or Stata already knows.

Wordings and answers come from the file. Which variables the study uses is for a person to say: all are ``unused`` until
somebody gives them a role. Why a code is no answer is guessed from its label, and to be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from genequity.study import templates
from genequity.survey import codebook as books
from genequity.survey import reader

# Words in the label of a code -> why it is no answer; the first that fits.
GUESSES = (
    (r"refus|declin|prefer not|not want", "declined to answer"),
    (r"don.?t know|do not know|\bdk\b|unsure|can.?t say", "don't know"),
    (r"applicable|\bn/?a\b", "not applicable"),
    (r"not asked|not in|skipped|routed", "not asked"),
    (r"no answer|not answered|missing|not stated|blank", "not answered"),
)
MOST_ANSWERS = 40  # a variable with more is no question with answers


def codebook(file: str) -> list[tuple[str, ...]]:
    """Return the rows of a codebook, one for each variable of a labelled file.

    Parameters
    ----------
    file : str
        ``.sav``, ``.zsav`` or ``.dta``.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    labelled = reader.read(file)
    header = templates.get("survey/codebook").header
    rows = []
    for name in labelled.frame.columns:
        labels = labelled.labels.get(name, {})
        missing = _missing(labels, labelled.missing.get(name, ()))
        answers = {code: label for code, label in labels.items() if not _is_missing(code, missing)}
        shown = answers if len(answers) <= MOST_ANSWERS else {}
        text = labelled.texts.get(name, "")
        row = {
            "variable": name,
            "role": books.UNUSED,
            "text": text,
            "short": text if len(text) <= 30 else "",
            "codes": "|".join(f"{code}={_plain(label)}" for code, label in shown.items()),
            "missing": "|".join(f"{code}={reason}" for code, reason in missing.items()),
            "reverse": "no",
        }
        rows.append(tuple(row.get(column, "") for column in header))
    return rows


def _missing(labels: Mapping[str, str], declared: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return code or range -> reason: what the file declares missing, and labels that say so."""
    found = {}
    for low, high in declared:
        spec = low if low == high else f"{low}..{high}"
        found[spec] = _reason(labels.get(low, "")) or "not answered"
    for code, label in labels.items():
        reason = _reason(label)
        if reason and not _is_missing(code, found):
            found[code] = reason
    return found


def _reason(label: str) -> str | None:
    return next((reason for words, reason in GUESSES if re.search(words, label, re.IGNORECASE)), None)


def _is_missing(code: str, missing: Mapping[str, str]) -> bool:
    bounds = ((spec.partition(".."), reason) for spec, reason in missing.items())
    specs = tuple((low, high or low, reason) for (low, _, high), reason in bounds)
    return books.Variable("", "", missing=specs).reason(code) is not None


def _plain(label: str) -> str:
    """A label without the characters that part answers from one another in a cell."""
    return " ".join(label.replace("|", "/").replace("=", ":").split()) or "no label"
