"""Numbers that prose may use: looked up by key, each with its way back to a table, a row and a rule."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import files, tables
from genequity.errors import nearest

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("key", "value", "unit", "decimals", "source_table", "source_row", "source_column", "rule")

WIDE = Context(prec=400)  # digits: every number that a float can hold

# Unit -> (factor for display, decimals, text around the number). An en dash never stands for a minus sign.
UNITS: dict[str, tuple[float, int, str]] = {
    "proportion": (100, 0, "{}%"),
    "percent": (1, 0, "{}%"),
    "percentage points": (1, 1, "{} percentage points"),
    "proportion difference": (100, 1, "{} percentage points"),
    "odds ratio": (1, 2, "{}"),
    "risk ratio": (1, 2, "{}"),
    "ratio": (1, 2, "{}"),
    "rate ratio": (1, 2, "{}"),
    "coefficient": (1, 2, "{}"),
    "per 100000": (1, 0, "{} per 100,000"),
    "days": (1, 0, "{} days"),
    "score": (1, 1, "{}"),
}


def number(
    key: str,
    value: Any,
    unit: str,
    source_table: str,
    source_row: str,
    source_column: str,
    rule: str,
    decimals: int | None = None,
) -> dict[str, Any]:
    """Return one row of ``numbers.csv``.

    Parameters
    ----------
    key : str
        Name in prose, as in ``"survey.respondents"``.
    value : number or str or None
        The released value; None or NaN when it was withheld.
    unit : str
        A unit of :data:`UNITS`, or the thing counted (``people``, ``documents``).
    source_table, source_row, source_column : str
        Where the value stands: ``survey/shares``, ``item=trust;group=Asian``, ``share``.
    rule : str
        The rule that made the table.
    decimals : int, optional
        Decimals shown, when not the unit's usual number.
    """
    return {
        "key": key,
        "value": value,
        "unit": unit,
        "decimals": decimals,
        "source_table": source_table,
        "source_row": source_row,
        "source_column": source_column,
        "rule": rule,
    }


def write(rows: Iterable[dict[str, Any]], path: str | Path) -> None:
    """Write ``numbers.csv``, sorted by key.

    Raises
    ------
    ValueError
        If a key repeats.
    """
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    if repeated := sorted(frame.loc[frame["key"].duplicated(), "key"]):
        raise ValueError(f"these numbers have the same key: {', '.join(repeated)}")
    frame["value"] = [_plain(value) for value in frame["value"]]
    frame["decimals"] = frame["decimals"].astype("Int64")
    with files.writing(path) as part:
        tables.marked(frame.sort_values("key"), path).to_csv(part, index=False, lineterminator="\n")


def read(path: str | Path) -> pd.DataFrame:
    """Read one ``numbers.csv``; values stay text until they are said."""
    import pandas as pd

    return pd.read_csv(path, dtype={"value": str, "key": str}, keep_default_na=False, na_values=[""])


def look_up(numbers: pd.DataFrame, key: str) -> str:
    """Return a number as prose prints it.

    Raises
    ------
    KeyError
        With the nearest key, when there is none of that name.
    """
    row = numbers[numbers["key"] == key]
    if row.empty:
        raise KeyError(f"no released number has the key '{key}'.{nearest(key, numbers['key'])}")
    entry = row.iloc[0]
    decimals = None if _missing(entry["decimals"]) else int(entry["decimals"])
    value = entry["value"]
    return "[withheld]" if _missing(value) else say(_parsed(value), entry["unit"], decimals)


def say(value: Any, unit: str = "", decimals: int | None = None) -> str:
    """Return a value with its unit, as the report prints it everywhere.

    Halves are rounded up, as people do by hand.

    >>> say(0.1234, "proportion"), say(1234, "people"), say(1.5, "odds ratio"), say(-0.021, "proportion difference")
    ('12%', '1,234', '1.50', '−2.1 percentage points')
    """
    if isinstance(value, str):
        return value
    if _missing(value):
        return "[withheld]"
    factor, usual, text = UNITS.get(unit, (1, 0 if float(value).is_integer() else 1, "{}"))
    if math.isinf(value):
        return text.format("∞" if value > 0 else "−∞")
    places = Decimal(1).scaleb(-(usual if decimals is None else decimals))
    exact = Decimal(str(float(value))) * Decimal(factor)
    shown = f"{exact.quantize(places, rounding=ROUND_HALF_UP, context=WIDE):,f}"
    if shown.lstrip("-0.,") == "" and shown.startswith("-"):
        shown = shown[1:]
    return text.format(shown.replace("-", "−"))


def say_interval(low: Any, high: Any, unit: str = "", decimals: int | None = None, none: float | None = None) -> str:
    """Return ``"8% to 16%"``.

    With ``none``, the value of no difference, limits get one more decimal where one would be printed as no difference
    although the interval does not hold it, and a word where that is not enough: a clear interval never looks unclear.

    >>> say_interval(0.04, 6.8, "", 1), say_interval(0.04, 6.8, "", 1, none=0)
    ('0.0 to 6.8', '0.04 to 6.80')
    >>> say_interval(0.89161, 0.99996, "odds ratio", none=1), say_interval(1.00004, 1.2, "odds ratio", none=1)
    ('0.89 to below 1.00', 'above 1.00 to 1.20')
    """
    usual = UNITS.get(unit, (1, 1, ""))[1] if decimals is None else decimals
    if none is None or _missing(low) or _missing(high) or low <= none <= high:
        return f"{say(low, unit, decimals)} to {say(high, unit, decimals)}"
    for places in (usual, usual + 1):
        ends = [say(low, unit, places), say(high, unit, places)]
        if say(none, unit, places) not in ends:
            return " to ".join(ends)
    ends, same = [say(low, unit, usual), say(high, unit, usual)], say(none, unit, usual)
    word = "above" if low > none else "below"
    return " to ".join(f"{word} {same}" if end == same else end for end in ends)


def _missing(value: Any) -> bool:
    return value is None or str(value) == "<NA>" or value != value or (isinstance(value, float) and math.isnan(value))


def _plain(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if _missing(value):
        return None
    return repr(int(value)) if float(value).is_integer() else f"{float(value):.10g}"


def _parsed(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
