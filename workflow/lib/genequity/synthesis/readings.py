"""Two analysts read the same pairs of strands: how far they agree with one another and with the computed rule.

The rule of convergence sees directions and words; people read meaning. Where analysts have coded pairs by hand, their
codes stand beside the computed ones and nothing is overwritten (Farmer and others 2006, step 5: researcher comparison).
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from genequity import authored
from genequity.coding import agreement
from genequity.errors import Problem, raise_if
from genequity.synthesis.inputs import unknown_strands, unknown_theme
from genequity.synthesis.register import STRANDS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("theme", "strand_a", "strand_b", "dimension", "analyst", "code")
DIMENSIONS = {
    "meaning": ("agreement", "partial", "dissonance", "silence"),
    "prominence": ("agreement", "partial", "silence"),
    "examples": ("agreement", "partial", "silence", "none"),
}
RULE = "rule"
KEY = ["theme", "strand_a", "strand_b", "dimension"]


def read(file: str | None, theme_ids: list[str]) -> pd.DataFrame:
    """Read the analysts' codes, one row an analyst, theme, pair of strands and dimension.

    Parameters
    ----------
    file : str or None
        Columns ``theme, strand_a, strand_b, dimension, analyst, code``; None when nobody coded by hand.
    theme_ids : list of str
        The study's themes.

    Raises
    ------
    InputError
        With every unknown theme, strand, dimension and code, every repeated row, and an analyst named like the rule.
    """
    import pandas as pd

    if not file:
        return pd.DataFrame(columns=list(COLUMNS), dtype="str")
    frame = authored.read(file, COLUMNS, filled=COLUMNS)
    pairs = [
        sorted(pair, key=lambda s: STRANDS.index(s) if s in STRANDS else 99)
        for pair in zip(frame["strand_a"], frame["strand_b"])
    ]
    problems = []
    for row in frame.to_dict("records"):
        problems += _of_row(file, row, theme_ids)
    raise_if(problems)
    frame["strand_a"], frame["strand_b"] = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    raise_if(
        Problem(file, "this analyst coded this pair already", where=f"row {row}", do="keep one of the two rows")
        for row in frame.loc[frame.duplicated([*KEY, "analyst"]), authored.ROW]
    )
    return frame.drop(columns=authored.ROW)


def _of_row(file: str, row: dict, theme_ids: list[str]) -> list[Problem]:
    here = f"row {row[authored.ROW]}, column "
    found = [*unknown_theme(file, row, theme_ids), *unknown_strands(file, row)]
    if row["strand_a"] == row["strand_b"]:
        found.append(Problem(file, "a pair needs two strands", where=here + "strand_b"))
    if row["dimension"] not in DIMENSIONS:
        found.append(
            Problem(file, "unknown dimension", where=here + "dimension", expected=f"one of {', '.join(DIMENSIONS)}")
        )
    elif row["code"] not in DIMENSIONS[row["dimension"]]:
        allowed = ", ".join(DIMENSIONS[row["dimension"]])
        found.append(Problem(file, f"no code of {row['dimension']}", where=here + "code", expected=f"one of {allowed}"))
    if row["analyst"].casefold() == RULE:
        found.append(
            Problem(file, "this name stands for the computed code", where=here + "analyst", do="use the person's own")
        )
    return found


def compared(readings: pd.DataFrame, convergence: pd.DataFrame) -> pd.DataFrame:
    """Compare analysts with one another and with the rule.

    Parameters
    ----------
    readings : pandas.DataFrame
        :func:`read`.
    convergence : pandas.DataFrame
        Computed codes, with ``code`` (meaning), ``prominence`` and ``examples``.

    Returns
    -------
    pandas.DataFrame
        One row a dimension and pair of coders: ``dimension, first, second, pairs, agree, share, kappa, reason``; kappa
        is Cohen's. Pairs that only one of the two coded are left out.
    """
    import numpy as np
    import pandas as pd

    columns = ["dimension", "first", "second", "pairs", "agree", "share", "kappa", "reason"]
    if readings.empty:
        return pd.DataFrame(columns=columns)
    computed = convergence.rename(columns={"code": "meaning"}).melt(
        id_vars=KEY[:3], value_vars=list(DIMENSIONS), var_name="dimension", value_name="code"
    )
    wide = (
        pd.concat([readings, computed.assign(analyst=RULE)])
        .pivot(index=KEY, columns="analyst", values="code")
        .reset_index()
    )
    analysts = sorted(set(readings["analyst"]))
    rows = []
    for dimension, codes in DIMENSIONS.items():
        mine = wide[wide["dimension"] == dimension]
        for first, second in combinations([*analysts, RULE], 2):
            both = mine[[first, second]].dropna()
            if both.empty:
                continue
            table = np.zeros((len(codes), len(codes)))
            for a, b in both.itertuples(index=False):
                table[codes.index(a), codes.index(b)] += 1
            kappa = agreement.cohen(table)
            agree = int(np.trace(table))
            rows.append(
                [dimension, first, second, len(both), agree, agree / len(both), kappa.value, kappa.reason or None]
            )
    return pd.DataFrame(rows, columns=columns)
