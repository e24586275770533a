"""The approval: two people who checked the outputs say so, for exactly the files of one manifest.

It is a record, not a signature: whoever can write files can write one. It keeps honest people from releasing what
nobody has looked at, or what changed after somebody had.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from genequity import config
from genequity.errors import InputError, Problem, raise_if

CHECKERS = 2
APPROVED = "approved"
FIELDS = ("name", "role", "date", "decision")
NEEDED_FOR = "restricted"


@dataclass(frozen=True)
class Approval:
    """Who approved a pack, and when."""

    checkers: tuple[dict[str, str], ...]

    @property
    def sentence(self) -> str:
        """What the report prints about it."""
        people = [f"{person['name']} ({person['role']}, {person['date']})" for person in self.checkers]
        return f"Output-checked and approved for publication by {' and '.join(people)}"


def template(sha256: str) -> str:
    """Return ``approval.yaml`` as checkers get it.

    Parameters
    ----------
    sha256 : str
        Hash of the manifest.
    """
    blank = "  - name: \n    role: \n    date:       # YYYY-MM-DD\n    decision:   # approved, or rejected\n"
    return (
        "# Two people who did not write the outputs fill this in after reading them (README.txt says how), and lay it\n"
        "# beside pack.zip. It holds for the files of this manifest and no others.\n"
        f"manifest_sha256: {sha256}\ncheckers:\n{blank * CHECKERS}"
    )


def read(text: str, file: str, sha256: str, authors: Iterable[str] = ()) -> Approval:
    """Return the approval, or say why it does not hold.

    Parameters
    ----------
    text : str
        ``approval.yaml``.
    file : str
        Its name, for messages.
    sha256 : str
        Hash of the manifest at hand.
    authors : iterable of str
        Authors of the study: they cannot check their own outputs.

    Raises
    ------
    InputError
        With every reason.
    """
    record = config.parse(text, file)
    raise_if(_problems(record, file, sha256, list(authors)))
    return Approval(tuple({key: str(person[key]).strip() for key in FIELDS} for person in record["checkers"]))


def missing(archive: str) -> InputError:
    """Return what is said of restricted outputs that nobody approved."""
    return InputError(
        Problem(
            archive,
            "the data are restricted and nobody has approved these outputs",
            expected=f"an approval.yaml beside the archive, by {CHECKERS} checkers",
            do="let two output checkers read the pack and fill in its approval.yaml, as its README.txt says",
        )
    )


def _problems(record: dict[str, Any], file: str, sha256: str, authors: list[str]) -> Iterator[Problem]:
    for key in sorted(set(map(str, record)) - {"manifest_sha256", "checkers"}):
        yield Problem(file, f"there is no entry '{key}'", expected="manifest_sha256 and checkers")
    if str(record.get("manifest_sha256")).strip().lower() != sha256:
        yield Problem(
            file,
            "the approval is for other files: its manifest_sha256 is not that of the pack's manifest",
            do="let the checkers read this pack; a pack that changed after approval needs a new one",
        )
    people = record.get("checkers")
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        yield Problem(file, "no checkers are listed", expected=f"{CHECKERS} checkers with {', '.join(FIELDS)}")
        return
    for place, person in enumerate(people, start=1):
        yield from _person_problems(person, file, f"checker {place}")
    names = [_plain(person.get("name")) for person in people]
    named = [name for name in names if name]
    if len(named) < CHECKERS:
        yield Problem(
            file,
            f"{len(named)} checker is named" if len(named) == 1 else "no checker is named",
            expected=f"{CHECKERS} checkers",
        )
    if len(set(named)) < len(named):
        yield Problem(file, "the same person stands twice", expected=f"{CHECKERS} different checkers")
    if set(named) & {_plain(author) for author in authors}:
        yield Problem(
            file, "an author of the study is named as checker", expected="people who did not write the outputs"
        )


def _person_problems(person: dict[str, Any], file: str, where: str) -> Iterator[Problem]:
    for key in FIELDS:
        if person.get(key) in (None, ""):
            yield Problem(file, f"the {key} is missing", where=where)
    for key in sorted(set(map(str, person)) - set(FIELDS)):
        yield Problem(file, f"there is no entry '{key}'", where=where, expected=", ".join(FIELDS))
    if person.get("date") and not _is_date(str(person["date"])):
        yield Problem(file, "the date is not one", where=where, expected="YYYY-MM-DD")
    decision = str(person.get("decision") or APPROVED).strip().lower()
    if decision != APPROVED:
        yield Problem(file, f"the decision is '{decision}'", where=where, expected=APPROVED)


def _plain(name: Any) -> str:
    """Return a name without accents, case, punctuation and spacing, to see whether two are one person's."""
    text = unicodedata.normalize("NFKD", str(name or "")).casefold()
    return re.sub(r"[\W_]+", "", "".join(letter for letter in text if not unicodedata.combining(letter)))


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
