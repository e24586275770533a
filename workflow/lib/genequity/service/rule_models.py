"""How each adjusted headline moves with the rule that keeps a person's code: the reported model under every rule.

The records, the covariates and the variance are those of the report (the ladder's last model, all regions together);
only the grouping changes. A rule that gives everyone the group that the study's own rule gives has the same estimates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.service import adjusted, contrasts, resolve

if TYPE_CHECKING:
    import pandas as pd

SHOWN = [measure + end for measure in contrasts.MEASURES for end in contrasts.ENDS]
COLUMNS = [
    *("outcome", "place", "label", "rule", "rule_label", "chosen", "group", "comparator", "group_records"),
    *("group_events", "records", "events", "parameters", "clusters", *SHOWN, "detectable", "df", "moved", "variance"),
    *("method", "reason"),
]


def outcomes(
    cells: pd.DataFrame,
    estimates: pd.DataFrame,
    section: dict[str, Any],
    *,
    comparator: str,
    national: str,
) -> pd.DataFrame:
    """Return the national estimates of the ladder's last model under each rule, one row an outcome and group.

    Parameters
    ----------
    cells : pandas.DataFrame
        From :func:`genequity.service.rules.write_cells`.
    estimates : pandas.DataFrame
        Result of :func:`genequity.service.adjusted.differences`, which holds the study's own rule.
    section : dict
        The config section.
    comparator, national : str
        The group compared with; the label of all regions together.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`.
    """
    import pandas as pd

    methods, ladder = section["methods"], section["adjust"]
    last, chosen = list(ladder)[-1], methods["resolution"]
    rules = [rule for rule in resolve.RULES if f"group_{rule}" in cells.columns]
    own = estimates[(estimates["model"] == last) & (estimates["region"] == national)]
    # The fits are national: the region stands among the covariates alone, under another name.
    place = cells.assign(area=cells["region"], region=national)
    covariates = ["area" if name == "region" else name for name in ladder[last]]
    counts = [name for name in cells.columns if name.startswith(("eligible_", "reached_"))]
    groups = [f"group_{rule}" for rule in rules]
    keys = [name for name in place.columns if name not in (*counts, *groups)]
    frames = []
    for rule in rules:
        frame = own
        if not (cells[f"group_{rule}"] == cells[f"group_{chosen}"]).all():
            under = place.rename(columns={f"group_{rule}": "group"})
            under = under.groupby(["group", *keys], as_index=False, dropna=False, sort=True)[counts].sum()
            frame = adjusted.differences(
                under, section["outcomes"], {last: covariates}, comparator=comparator, national=national,
                cluster=section["cluster"], methods=methods,
            )  # fmt: skip
        frames.append(frame.assign(rule=rule, rule_label=resolve.LABELS[rule], chosen=rule == chosen))
    labels = {stage["id"]: stage["label"] for stage in section["pathway"]}
    places = {outcome: place for place, outcome in enumerate(labels, 1)}
    out = pd.concat(frames, ignore_index=True)
    out = out.assign(label=out["outcome"].map(labels), place=out["outcome"].map(places))
    return moved(out).reindex(columns=COLUMNS)


def moved(frame: pd.DataFrame) -> pd.DataFrame:
    """Add how far each risk difference is from the one under the study's own rule; blank where either is blank.

    Used again on the protected table, so that what is released is derived from what is released.
    """
    own = frame[frame["chosen"]].set_index(["outcome", "group"])["risk_difference"]
    here = own.reindex([*zip(frame["outcome"], frame["group"], strict=True)]).to_numpy(float)
    away = frame["risk_difference"].to_numpy(float) - here
    return frame.assign(moved=np.where(frame["chosen"], np.nan, away))
