"""Statistics by themes: what was counted beside what people said, how the two fit, and what is made of it.

Sources: Guetterman TC, Fetters MD, Creswell JW. Integrating quantitative and qualitative results in health science
mixed methods research through joint displays. Ann Fam Med 2015;13:554-561; Fetters MD, Curry LA, Creswell JW. Achieving
integration in mixed methods designs. Health Serv Res 2013;48:2134-2156 (fit: confirmation, expansion, discordance).
A meta-inference is written by people; without one the computed fit stands alone and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import authored
from genequity.errors import Problem, raise_if
from genequity.synthesis.display import COMPARES, looked_in_vain
from genequity.synthesis.inputs import no_day, unknown_theme

if TYPE_CHECKING:
    import pandas as pd

COUNTED = ("evidence", "survey", "service")
SAID = ("policy", "interviews")
FITS = {
    "confirm": "what was counted and what was said point the same way",
    "expand": "each says something that the other does not",
    "discord": "what was counted and what was said contradict one another",
    "not compared": "both speak of the theme, and nothing that was counted compares groups on it",
    "one-sided": "only one of the two speaks of the theme",
}
COLUMNS = ("theme", "fit", "meta_inference", "author", "date")


def read(file: str | None, theme_ids: list[str]) -> pd.DataFrame:
    """Read the meta-inferences, one row a theme: ``theme, fit, meta_inference, author, date``.

    Raises
    ------
    InputError
        With every unknown theme, unknown fit, wrong date, blank cell and repeated theme.
    """
    import pandas as pd

    if not file:
        return pd.DataFrame(columns=list(COLUMNS), dtype="str")
    frame = authored.read(file, COLUMNS, filled=COLUMNS, unique=("theme",))
    problems = []
    for row in frame.to_dict("records"):
        problems += [*unknown_theme(file, row, theme_ids), *no_day(file, row)]
        if row["fit"] not in FITS:
            where = f"row {row[authored.ROW]}, column fit"
            problems.append(Problem(file, "unknown fit", where=where, expected=f"one of {', '.join(FITS)}"))
    raise_if(problems)
    return frame.drop(columns=authored.ROW)


def statistics_by_themes(
    register: pd.DataFrame, themes: pd.DataFrame, convergence: pd.DataFrame, written: pd.DataFrame
) -> pd.DataFrame:
    """Set the lead counted finding of each theme beside the lead finding in words.

    Parameters
    ----------
    register, themes, convergence
        As elsewhere in the integration.
    written : pandas.DataFrame
        :func:`read`.

    Returns
    -------
    pandas.DataFrame
        One row a theme of which anybody speaks: ``theme, label, counted, counted_statement, counted_n, said,
        said_statement, said_n, fit_computed, fit, meta_inference, written_by``. The lead is the first headline finding
        in order of id, among those that compare groups where there are any; ``_n`` counts the findings. ``fit`` is the
        team's where written, else the computed one.
    """
    import pandas as pd

    team = written.set_index("theme")
    rows = []
    for entry in themes.to_dict("records"):
        mine = register[register["theme"] == entry["theme"]]
        mine = mine[~looked_in_vain(mine)].sort_values("id")
        sides = [mine[mine["strand"].isin(strands)] for strands in (COUNTED, SAID)]
        if all(side.empty for side in sides):
            continue
        row = {"theme": entry["theme"], "label": entry["label"]}
        for name, side in zip(("counted", "said"), sides):
            lead = _lead(side)
            row[name] = None if lead is None else lead["id"]
            row[f"{name}_statement"] = None if lead is None else lead["statement"]
            row[f"{name}_n"] = len(side)
        row["fit_computed"] = fit(*sides, convergence[convergence["theme"] == entry["theme"]])
        theirs = team.loc[entry["theme"]] if entry["theme"] in team.index else None
        row["fit"] = row["fit_computed"] if theirs is None else theirs["fit"]
        row["meta_inference"] = None if theirs is None else theirs["meta_inference"]
        row["written_by"] = None if theirs is None else f"{theirs['author']}, {theirs['date']}"
        rows.append(row)
    columns = ["theme", "label", "counted", "counted_statement", "counted_n", "said", "said_statement", "said_n"]
    return pd.DataFrame(rows, columns=[*columns, "fit_computed", "fit", "meta_inference", "written_by"])


def fit(counted: pd.DataFrame, said: pd.DataFrame, pairs: pd.DataFrame) -> str:
    """Return the computed fit of one theme: a key of :data:`FITS`.

    ``one-sided`` where one is silent; ``not compared`` where the counting side compares no groups, so that nothing can
    be confirmed; ``discord`` where any pair of a counting and a speaking strand is dissonant; ``confirm`` where a
    counting strand that compares groups agrees in meaning with a speaking one; ``expand`` otherwise.
    """
    if counted.empty or said.empty:
        return "one-sided"
    comparing = set(counted.loc[counted["direction"].isin(COMPARES), "strand"])
    if not comparing:
        return "not compared"
    across = pairs[
        (pairs["strand_a"].isin(comparing) & pairs["strand_b"].isin(SAID))
        | (pairs["strand_a"].isin(SAID) & pairs["strand_b"].isin(comparing))
    ]
    codes = set(across["code"])
    if "dissonance" in codes:
        return "discord"
    return "confirm" if "agreement" in codes else "expand"


def _lead(findings: pd.DataFrame):
    compared = findings[findings["direction"].isin(COMPARES)]
    headline = findings["headline"].astype(bool)
    for choice in (compared[compared["headline"].astype(bool)], findings[headline], compared, findings):
        if len(choice):
            return choice.iloc[0]
    return None
