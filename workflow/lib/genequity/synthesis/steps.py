"""The pathway map: each step of the pathway, the gap that was counted at it, and the barriers that are voiced at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from genequity.errors import Problem, nearest
from genequity.synthesis.display import looked_in_vain

if TYPE_CHECKING:
    import pandas as pd

GAP = ("higher", "lower")
GAP_COLUMNS = [
    "step",
    "position",
    "label",
    "after",
    "finding",
    "statement",
    "group",
    "comparator",
    "estimate",
    "ci_low",
]
GAP_COLUMNS += ["ci_high", "unit", "direction", "n_compared", "n_differences"]
BARRIER_COLUMNS = ["step", "theme", "label", "voices", "strands", "findings"]


Step = tuple[str, str, str]  # id, label, label of the step that it is counted among


def of_pathway(tables: Mapping[str, pd.DataFrame]) -> list[Step]:
    """Return the pathway's steps in order; empty without a service strand.

    What is counted per resident and is no step of the pathway itself, such as referral, comes first.
    """
    found: dict[str, Step] = {}
    pathway, rates = tables.get("service/pathway"), tables.get("service/rates")
    if pathway is not None:
        placed = pathway[["stage", "place", "label", "after"]].drop_duplicates("stage")
        placed = placed.assign(place=placed["place"].astype(int)).sort_values(["place", "stage"])
        found = {step: (step, label, after) for step, label, after in placed[["stage", "label", "after"]].to_numpy()}
    first = {} if rates is None else dict(rates[["measure", "label"]].itertuples(index=False, name=None))
    return [*((step, first[step], "") for step in sorted(first) if step not in found), *found.values()]


def problems(
    declared: Mapping[str, Iterable[str]],
    steps: Iterable[str],
    theme_ids: Iterable[str],
    adverse: Iterable[str] = (),
    file: str = "config",
) -> list[Problem]:
    """List the steps that the pathway does not have and the themes that the study does not have."""
    steps, themes = list(steps), list(theme_ids)
    found = [
        Problem(
            file,
            f"the pathway has no step '{step}'.{nearest(step, steps)}",
            where=f"synthesis.{setting}",
            expected=f"one of {', '.join(steps)}" if steps else "no step: the study has no service strand",
        )
        for setting, named in (("steps", declared), ("adverse", adverse))
        for step in named
        if step not in steps
    ]
    found += [
        Problem(file, f"no theme has the id '{theme}'.{nearest(theme, themes)}", where=f"synthesis.steps.{step}")
        for step, named in declared.items()
        for theme in named
        if theme not in themes
    ]
    return found


def gaps(register: pd.DataFrame, steps: list[Step], national: str) -> pd.DataFrame:
    """Return the gap counted at each step: the national finding of the service strand that differs most.

    Parameters
    ----------
    register : pandas.DataFrame
        One row a finding.
    steps : list of Step
        :func:`of_pathway`.
    national : str
        Label of the whole country.

    Returns
    -------
    pandas.DataFrame
        One row a step: :data:`GAP_COLUMNS`. Findings that name a group are taken, those on differences of shares where
        there are any. Of these, the one furthest from no difference among those with a clear difference, else among
        all. ``finding`` is blank where none compares groups at the step.
    """
    import pandas as pd

    mine = register[(register["strand"] == "service") & register["group"].fillna("").ne("")]
    mine = mine[mine["region"].fillna("").isin(["", national])]
    rows = []
    for position, (step, label, after) in enumerate(steps, start=1):
        here = mine[(mine["pathway_step"] == step) & mine["direction"].isin([*GAP, "no_clear_difference"])]
        shares = here[here["unit"] == "proportion difference"]
        here = shares if len(shares) else here
        clear = here[here["direction"].isin(GAP)]
        row = dict.fromkeys(GAP_COLUMNS) | {"step": step, "position": position, "label": label, "after": after or None}
        row |= {"n_compared": len(here), "n_differences": len(clear)}
        if len(here):
            row |= _largest(clear if len(clear) else here)
        rows.append(row)
    return pd.DataFrame(rows, columns=GAP_COLUMNS)


def _largest(findings: pd.DataFrame) -> dict:
    import numpy as np

    ordered = findings.sort_values("id")
    estimates = ordered["estimate"].astype(float)
    ratios = ordered["unit"].fillna("").str.contains("ratio")
    size = estimates.abs().mask(ratios, np.abs(np.log(estimates.where(estimates > 0))))
    best = ordered.loc[size.idxmax()] if size.notna().any() else ordered.iloc[0]
    named = ["statement", "group", "comparator", "estimate", "ci_low", "ci_high", "unit", "direction"]
    return {"finding": best["id"]} | {name: best[name] for name in named}


def barriers(
    register: pd.DataFrame, themes: pd.DataFrame, steps: list[Step], declared: Mapping[str, Iterable[str]]
) -> pd.DataFrame:
    """Return the barriers voiced at each step: themes that people or documents speak of.

    A theme stands at a step where the study declares it (``synthesis.steps``) or where a finding of people or documents
    on the theme names the step itself.

    Returns
    -------
    pandas.DataFrame
        One row a step and theme: :data:`BARRIER_COLUMNS`.
    """
    import pandas as pd

    spoken = register[~looked_in_vain(register)]
    spoken = spoken[spoken["voice"].isin(["patient", "professional", "public", "documents"])]
    spoken = spoken[spoken["direction"] != "not_measurable"]
    rows = []
    for step, label, _ in steps:
        here = set(declared.get(step, ()))
        here |= set(spoken.loc[spoken["pathway_step"].isin([step, label]), "theme"])
        for entry in themes[themes["theme"].isin(here)].to_dict("records"):
            said = spoken[spoken["theme"] == entry["theme"]].sort_values("id")
            if said.empty:
                continue
            lists = [sorted(set(said[column])) for column in ("voice", "strand")]
            rows.append([step, entry["theme"], entry["label"], *("; ".join(x) for x in lists), "; ".join(said["id"])])
    return pd.DataFrame(rows, columns=BARRIER_COLUMNS)
