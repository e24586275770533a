"""Statistics by themes: what was counted beside what people said, how the two fit, and what is made of it.

Sources: Guetterman TC, Fetters MD, Creswell JW. Integrating quantitative and qualitative results in health science
mixed methods research through joint displays. Ann Fam Med 2015;13:554-561; Fetters MD, Curry LA, Creswell JW. Achieving
integration in mixed methods designs. Health Serv Res 2013;48:2134-2156 (fit: confirmation, expansion, discordance).
A meta-inference is written by people; without one the computed fit stands alone and says so. How the fit is computed:
:mod:`genequity.synthesis.fit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import authored
from genequity.errors import Problem, raise_if
from genequity.synthesis import fit as computed
from genequity.synthesis.display import COMPARES, looked_in_vain
from genequity.synthesis.fit import COUNTED, FITS, SAID
from genequity.synthesis.inputs import no_day, unknown_theme

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import pandas as pd

    from genequity.synthesis.steps import Step

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
    register: pd.DataFrame,
    themes: pd.DataFrame,
    convergence: pd.DataFrame,
    written: pd.DataFrame,
    pathway: Iterable[Step] = (),
    declared: Mapping[str, Iterable[str]] | None = None,
    national: str = "",
    adverse: Collection[str] = (),
) -> pd.DataFrame:
    """Set the lead counted finding of each theme beside the lead finding in words.

    Parameters
    ----------
    register, themes, convergence
        As elsewhere in the integration.
    written : pandas.DataFrame
        :func:`read`.
    pathway : iterable of Step
        Steps of the pathway (:func:`genequity.synthesis.steps.of_pathway`).
    declared : mapping, optional
        Step -> themes that are barriers at it (``synthesis.steps``).
    national : str
        Label of the whole country.
    adverse : collection of str
        Steps at which a higher value is the worse one (``synthesis.adverse``).

    Returns
    -------
    pandas.DataFrame
        One row a theme of which anybody speaks: ``theme, label, counted, counted_statement, counted_n, said,
        said_statement, said_n, fit_computed, fit_reason, fit, meta_inference, written_by``. The lead is the first
        headline finding in order of id, among those that compare groups where there are any; ``_n`` counts the
        findings. ``fit`` is the team's where written, else the computed one.
    """
    import pandas as pd

    team, pathway = written.set_index("theme"), list(pathway)
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
        barrier_at = {step for step, named in (declared or {}).items() if entry["theme"] in named}
        pairs = convergence[convergence["theme"] == entry["theme"]]
        row["fit_computed"], row["fit_reason"] = computed.fit(*sides, pairs, pathway, barrier_at, national, adverse)
        theirs = team.loc[entry["theme"]] if entry["theme"] in team.index else None
        row["fit"] = row["fit_computed"] if theirs is None else theirs["fit"]
        row["meta_inference"] = None if theirs is None else theirs["meta_inference"]
        row["written_by"] = None if theirs is None else f"{theirs['author']}, {theirs['date']}"
        rows.append(row)
    columns = ["theme", "label", "counted", "counted_statement", "counted_n", "said", "said_statement", "said_n"]
    columns += ["fit_computed", "fit_reason", "fit", "meta_inference", "written_by"]
    return pd.DataFrame(rows, columns=columns)


def _lead(findings: pd.DataFrame):
    compared = findings[findings["direction"].isin(COMPARES)]
    headline = findings["headline"].astype(bool)
    for choice in (compared[compared["headline"].astype(bool)], findings[headline], compared, findings):
        if len(choice):
            return choice.iloc[0]
    return None
