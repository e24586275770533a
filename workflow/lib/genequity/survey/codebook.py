"""The codebook: what each variable of the survey file is, which codes are answers, and why an answer is missing.

Vocabulary: an *item* is one question; a *battery* is a set of items on one subject with the same answers; the
*counted* answers are those a share counts, such as "agree" and "strongly agree"; a *reversed* item is worded
against the direction of its battery; a *reason* says why there is no answer. YAML (with shared scales) or CSV
(one row a variable, codes written ``1=Agree|2=Disagree`` and missing codes ``-9=declined to answer|-8..-7=don't
know``) hold the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genequity import authored
from genequity.errors import InputError, Problem, masked, missing_file, nearest, raise_if

ROLES = ("id", "ethnicity", "item", "background", "base_weight", "stratum", "cluster", "fpc")
UNUSED = "unused"  # a variable of the file that the study leaves alone; its row is passed over
CHOICES = (*ROLES, UNUSED)
SINGLE = tuple(role for role in ROLES if role not in ("item", "background"))
REASONS = ("don't know", "declined to answer", "not applicable", "not asked", "not answered")
COLUMNS = ("variable", "role", "text", "short", "battery", "theme", "codes", "counted", "missing", "reverse")
FILLED = ("variable", "role")


@dataclass(frozen=True)
class Variable:
    """One variable: ``codes`` maps answers to labels, ``missing`` is (low, high, reason); no codes means a number."""

    variable: str
    role: str
    text: str = ""
    short: str = ""
    battery: str = ""
    theme: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    counted: tuple[str, ...] = ()
    missing: tuple[tuple[str, str, str], ...] = ()
    reverse: bool = False

    @property
    def is_number(self) -> bool:
        """Whether answers are measured, such as age in years."""
        return self.role in ("base_weight", "fpc") or (self.role == "background" and not self.codes)

    @property
    def counted_label(self) -> str:
        """The counted answers in words: ``agree or strongly agree``."""
        return " or ".join(self.codes[code].lower() for code in self.counted)

    @property
    def label(self) -> str:
        """The variable in a word or two."""
        return self.short or self.variable.replace("_", " ")

    def reason(self, code: str) -> str | None:
        """Return why a code is no answer, or None when it is not declared as missing."""
        for low, high, reason in self.missing:
            if code == low:
                return reason
            value, bounds = _number(code), (_number(low), _number(high))
            if value is not None and None not in bounds and bounds[0] <= value <= bounds[1]:
                return reason
        return None


@dataclass(frozen=True)
class Codebook:
    """All variables of a survey file, in the order of the codebook."""

    file: str
    variables: tuple[Variable, ...]

    @property
    def items(self) -> tuple[Variable, ...]:
        """The questions."""
        return tuple(variable for variable in self.variables if variable.role == "item")

    @property
    def background(self) -> tuple[Variable, ...]:
        """What else was asked: age, sex, education …"""
        return tuple(variable for variable in self.variables if variable.role == "background")

    def of_role(self, role: str) -> Variable | None:
        """Return the one variable of a role, or None."""
        return next((variable for variable in self.variables if variable.role == role), None)

    def get(self, name: str) -> Variable | None:
        """Return a variable by name, or None."""
        return next((variable for variable in self.variables if variable.variable == name), None)


def theme_problems(codebook: Codebook, themes_file: str | None) -> list[Problem]:
    """List items whose theme is not in the study's file of themes; none when the study has no such file.

    Raises
    ------
    InputError
        If the file of themes cannot be read.
    """
    if not themes_file:
        return []
    themes = list(authored.read(themes_file, ["theme"], filled=["theme"])["theme"])
    return [
        Problem(
            codebook.file,
            f"'{item.theme}' is not a theme of {themes_file}.{nearest(item.theme, themes)}",
            where=f"variable {item.variable}, theme",
            expected=f"one of {', '.join(themes)}, or blank for an item that gives no findings",
        )
        for item in codebook.items
        if item.theme and item.theme not in themes
    ]


def read(file: str) -> Codebook:
    """Read a codebook.

    Raises
    ------
    InputError
        With every unknown role or reason, repeated variable, missing label and counted code that is no answer.
    """
    if not Path(file).exists():
        raise InputError(missing_file(file))
    rows = _yaml_rows(file) if Path(file).suffix in (".yaml", ".yml") else _csv_rows(file)
    problems: list[Problem] = []
    variables = []
    for where, row in rows:
        found, variable = _variable(file, where, row)
        problems += found
        variables.append(variable)
    problems += _whole(file, [where for where, _ in rows], variables)
    raise_if(problems)
    return Codebook(file, tuple(variables))


def code_text(value: Any) -> str:
    """Return a code as text: ``1`` for 1.0, and text without outer spaces."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _number(code: str) -> float | None:
    try:
        return float(code)
    except ValueError:
        return None


def _csv_rows(file: str) -> list[tuple[str, dict[str, Any]]]:
    table = authored.read(file, COLUMNS, filled=FILLED, unique=("variable",))
    rows = []
    for cells in table[table["role"] != UNUSED].to_dict("records"):
        row = {name: cells[name] for name in COLUMNS}
        where = f"row {cells[authored.ROW]}"
        for name in ("codes", "missing"):
            pairs = [pair.partition("=") for pair in row[name].split("|") if pair.strip()]
            if any(not middle or not right.strip() for _, middle, right in pairs):
                raise InputError(
                    Problem(file, "a code has no label", where=f"{where}, column {name}", expected="1=Agree|2=Disagree")
                )
            row[name] = {left.strip(): right.strip() for left, _, right in pairs}
        row["counted"] = [code for code in row["counted"].split("|") if code.strip()]
        row["reverse"] = row["reverse"].lower() in ("yes", "true", "1")
        rows.append((where, row))
    return rows


def _yaml_rows(file: str) -> list[tuple[str, dict[str, Any]]]:
    import yaml

    with masked("reading the codebook", file, do="check indents and colons"):
        content = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("variables"), list):
        raise InputError(Problem(file, "there is no list 'variables'", expected="scales, missing and variables"))
    scales, shared, rows, problems = content.get("scales") or {}, content.get("missing") or {}, [], []
    for place, entry in enumerate(content["variables"], start=1):
        where = f"variable {place}"
        entry = dict(entry)
        if unknown := sorted(set(entry) - {*COLUMNS, "scale"}):
            problems.append(
                Problem(file, f"unknown setting '{unknown[0]}'.{nearest(unknown[0], COLUMNS)}", where=where)
            )
            continue
        name = entry.pop("scale", None)
        if name is not None and name not in scales:
            problems.append(Problem(file, f"there is no scale '{name}'.{nearest(str(name), scales)}", where=where))
            continue
        row = {**scales.get(name, {}), **entry}
        if isinstance(row.get("missing"), str):
            if row["missing"] not in shared:
                problems.append(Problem(file, f"there is no list of missing codes '{row['missing']}'", where=where))
                continue
            row["missing"] = shared[row["missing"]]
        rows.append((where, row))
    raise_if(problems)
    return rows


def _variable(file: str, where: str, row: dict[str, Any]) -> tuple[list[Problem], Variable]:
    problems = []
    codes = {code_text(code): str(label) for code, label in (row.get("codes") or {}).items()}
    counted = tuple(code_text(code) for code in row.get("counted") or ())
    missing = []
    for spec, reason in (row.get("missing") or {}).items():
        low, dots, high = code_text(spec).partition("..")
        missing.append((low.strip(), high.strip() if dots else low.strip(), str(reason)))
        if reason not in REASONS:
            problems.append(
                Problem(
                    file,
                    f"'{reason}' is not a reason.{nearest(str(reason), REASONS)}",
                    where=f"{where}, missing",
                    expected=f"one of {', '.join(REASONS)}",
                )
            )
    variable = Variable(
        str(row.get("variable", "")),
        str(row.get("role", "")),
        *(str(row.get(name) or "") for name in ("text", "short", "battery", "theme")),
        codes=codes,
        counted=counted,
        missing=tuple(missing),
        reverse=bool(row.get("reverse", False)),
    )
    if variable.role not in ROLES:
        problems.append(
            Problem(
                file,
                f"'{variable.role}' is not a role.{nearest(variable.role, CHOICES)}",
                where=f"{where}, role",
                expected=f"one of {', '.join(CHOICES)}",
            )
        )
    if variable.role == "item" and not (codes and counted and variable.text):
        problems.append(
            Problem(
                file, f"item '{variable.variable}' is incomplete", where=where, expected="text, codes and counted codes"
            )
        )
    for code in counted:
        if code not in codes:
            problems.append(
                Problem(file, f"counted code {code} is not one of the answers", where=where, expected=", ".join(codes))
            )
    for code in codes:
        if variable.reason(code):
            problems.append(Problem(file, f"code {code} is both an answer and missing", where=where))
    return problems, variable


def _whole(file: str, places: list[str], variables: list[Variable]) -> list[Problem]:
    problems = []
    for role in SINGLE:
        named = [place for place, variable in zip(places, variables, strict=True) if variable.role == role]
        if len(named) > 1:
            problems.append(
                Problem(file, f"{len(named)} variables have the role {role}", where=", ".join(named), do="keep one")
            )
    if not any(variable.role == "ethnicity" for variable in variables):
        problems.append(
            Problem(file, "no variable has the role ethnicity", do="give that role to the ethnicity question")
        )
    if not any(variable.role == "item" for variable in variables):
        problems.append(Problem(file, "no variable has the role item", do="declare at least one question"))
    names = [variable.variable.lower() for variable in variables]
    problems += [
        Problem(file, "this variable stands twice", where=place)
        for place, name in zip(places, names, strict=True)
        if names.count(name) > 1 and names.index(name) != places.index(place)
    ]
    return problems
