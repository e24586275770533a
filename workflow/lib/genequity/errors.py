"""What a researcher reads when something is wrong with an input.

Vocabulary: a *problem* is one thing to mend in one file; an *input error* carries all problems of a file, so that a
person mends them in one go. A value from a data file never stands in a message: its *shape* does (``999 999 9999``).
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECK_PATH = "put the file there, or correct its path in the config"
LOCK = "~$"  # begins the name of the file that Excel keeps beside a workbook while it is open
_ROW = re.compile(r"(?P<before>(?:sheet .*?, )?)row (?P<row>\d+)(?P<after>(?:, .*)?)")
MARK = "=== stopped ===\n"  # stands in a log before the message of the step that stopped


@dataclass(frozen=True)
class Problem:
    """One thing to mend.

    Parameters
    ----------
    file : str
        The file as named in the config.
    message : str
        What was found, in the researcher's words, without any value of a data file.
    where : str
        Sheet, row, column: as much as is known.
    expected : str
        What would have been right.
    do : str
        What to do about it.
    """

    file: str
    message: str
    where: str = ""
    expected: str = ""
    do: str = ""

    def __str__(self) -> str:
        head = f"{self.file}" + (f" ({self.where})" if self.where else "") + f": {_sentence(self.message)}"
        tail = [f"Expected: {_sentence(self.expected)}"] if self.expected else []
        tail += [f"What to do: {_sentence(self.do)}"] if self.do else []
        return "\n    ".join([head, *tail])


class InputError(Exception):
    """An input cannot be used; carries every problem found in it.

    Parameters
    ----------
    problems : Problem or iterable of Problem
        At least one.
    """

    def __init__(self, problems: Problem | Iterable[Problem]):
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(f"- {problem}" for problem in self.problems))

    def __reduce__(self):
        return (InputError, (self.problems,))


def raise_if(problems: Iterable[Problem]) -> None:
    """Raise one :class:`InputError` with all problems, or nothing when there are none."""
    problems = list(problems)
    if problems:
        raise InputError(problems)


def together(problems: Iterable[Problem], most: int | None = None) -> list[Problem]:
    """Say once what is wrong alike in several rows of a file, where it was first said, with all its rows.

    Parameters
    ----------
    problems : iterable of Problem
        As they were found.
    most : int, optional
        How many rows are named; of the others the number is said.

    >>> [one.where for one in together([Problem("a.csv", "blank", where=f"row {row}, column n") for row in (2, 5)])]
    ['rows 2, 5, column n']
    """
    alike: dict[tuple[object, ...], list[Problem]] = {}
    for place, problem in enumerate(problems):
        found = _ROW.fullmatch(problem.where)
        apart = (found["before"], found["after"]) if found else (place,)
        alike.setdefault((problem.file, problem.message, problem.expected, problem.do, *apart), []).append(problem)
    return [_several(same, most) if len(same) > 1 else same[0] for same in alike.values()]


def _several(same: list[Problem], most: int | None) -> Problem:
    places = [_ROW.fullmatch(problem.where) for problem in same]
    rows = [place["row"] for place in places]
    more = f" and {len(rows) - most} more" if most and len(rows) > most else ""
    where = f"{places[0]['before']}rows {', '.join(rows[:most])}{more}{places[0]['after']}"
    return dataclasses.replace(same[0], where=where)


def shape(value: object) -> str:
    """Show how a value looks without showing it: digits as 9, letters as x or X.

    >>> shape("AB12 3cd")
    'XX99 9xx'
    """
    text = str(value)
    text = re.sub(r"[^\W\d_]", lambda found: "X" if found.group().isupper() else "x", text)
    text = re.sub(r"\d", "9", text)
    return text if len(text) <= 24 else f"{text[:21]}... ({len(text)} characters)"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the closest known word, or nothing; capitals count for nothing."""
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f" Did you mean '{folded[close[0]]}'?" if close else ""


@contextmanager
def masked(doing: str, file: str, do: str = "") -> Iterator[None]:
    """Turn any exception of a library into an :class:`InputError` that repeats nothing of its text.

    Libraries quote the cell they stumble over; in a restricted file that cell may be a person's name.

    Parameters
    ----------
    doing : str
        What was being done, as in ``"reading the SPSS file"``.
    file : str
        The file as named in the config.
    do : str
        What the researcher can do about it.
    """
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(missing_file(file)) from None
    except Exception as error:
        raise InputError(
            Problem(
                file,
                f"{doing} failed ({type(error).__name__})",
                do=do or "open the file in the program that wrote it and export it again",
            )
        ) from None


def missing_file(file: str) -> Problem:
    """Return the problem of a file that is not there, with what a person may have meant."""
    return Problem(file, "this file does not exist", do=_meant(file) or CHECK_PATH)


def lock_file(file: str, where: str = "") -> Problem:
    """Return the problem of a lock file: what a spreadsheet program keeps beside a workbook that is open."""
    return Problem(
        file,
        "this is not the workbook but the mark that it is open in the spreadsheet program",
        where=where,
        do=f"close the workbook there, and name the file without {LOCK} in the config",
    )


def _meant(file: str) -> str:
    """Return what to do about a path that leads nowhere, where the folder around it tells; else nothing."""
    if "\\" in file:
        right = file.replace("\\", "/")
        return f"write the path with / in the place of \\, also on Windows: {right}"
    path = Path(file)
    if path.parent.is_dir():
        here = sorted(other.name for other in path.parent.iterdir() if other.is_file())
        for name in here:
            if name.casefold() == path.name.casefold():
                return f"write its name as the folder has it, with its capitals: {name}"
        same = [name for name in here if Path(name).stem == path.stem and not name.startswith((LOCK, "."))]
        if same:
            return f"name {' or '.join(same)}, which lies in the same folder, or correct the path in the config"
        if close := nearest(path.name, here):
            return f"{CHECK_PATH}.{close}"
    from genequity.config import SECTIONS

    if path.parent.name in SECTIONS:
        for strand in SECTIONS:
            if (path.parent.with_name(strand) / path.name).is_file():
                return f"it lies in the folder {strand}: move it to {path.parent.name}, or correct the path"
    return ""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "?", "!")) else f"{text}."
