"""Table and sentences of adjusted rate ratios. Released frames in, words out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import ordered
from genequity.notebook import or_absent
from genequity.numbers import say, say_interval
from genequity.service import wording
from genequity.service.adjusted_rates import NEGATIVE, NO_SPREAD, QUASI
from genequity.service.rates import NO_POPULATION

if TYPE_CHECKING:
    import pandas as pd

NONE = "No rate can be adjusted: the study has no denominators that its models could use."
SAME = "no extra spread"


def adjusted(table: pd.DataFrame, rates: pd.DataFrame, national: str) -> pd.DataFrame:
    """Return the last model of each measure beside the standardised ratio: one row a measure and group.

    Parameters
    ----------
    table, rates : DataFrame
        ``service/adjusted_rates`` and ``service/rates``.
    national : str
        Label of all regions together.
    """
    rows = table[table["final"].astype(bool) & (table["group"] != table["comparator"])]
    rows = rows[rows["reason"] != NO_POPULATION]
    if rows.empty or rows["dispersion"].isna().all():
        return or_absent(rows.head(0), NONE)
    usual = rates[rates["region"] == national].set_index(["measure", "group"])
    order = {group: place for place, group in enumerate(ordered(set(rows["group"])))}
    measures = {name: place for place, name in enumerate(dict.fromkeys(rates["measure"]))}
    rows = rows.assign(order=rows["group"].map(order), first=rows["measure"].map(measures))
    rows = rows.sort_values(["first", "order"])
    keys = list(zip(rows["measure"], rows["group"]))
    rows["standardised"] = [
        _ratio(*(usual.loc[key, list(QUASI)] if key in usual.index else [float("nan")] * 3)) for key in keys
    ]
    rows["poisson"] = [_ratio(*ends, why) for *ends, why in rows[[*QUASI, "reason"]].itertuples(index=False)]
    rows["negative_text"] = [
        SAME if why == NO_SPREAD else _ratio(*ends)
        for *ends, why in rows[[*NEGATIVE, "negative_reason"]].itertuples(index=False)
    ]
    return rows


def _ratio(value: float, low: float, high: float, why=None) -> str:
    if value != value:
        return wording.reason(why, "not given")
    return f"{say(value, 'rate ratio')} ({say_interval(low, high, 'rate ratio', none=1)})"


def spread(table: pd.DataFrame) -> str:
    """Say what each measure's last model holds alike, how far counts spread, and which models were refused and why."""
    said, refusals = [], []
    for _, part in table.groupby("measure", sort=False):
        models = part.sort_values("place").drop_duplicates("model")
        refused = models[models["reason"].fillna("").str.contains("do not count")]
        last = part[part["final"].astype(bool) & part["dispersion"].notna()]
        if last.empty:
            continue
        row = last.iloc[0]
        crude = part[(part["covariates"].fillna("") == "") & part["dispersion"].notna()]
        alike = wording.joined(str(row["covariates"]).split(", ")) if isinstance(row["covariates"], str) else "nothing"
        words = f"{row['label']}: held alike, {alike}; dispersion {say(row['dispersion'], '', 2)}"
        if len(crude) and not crude["final"].astype(bool).any():
            words += f", and {say(crude['dispersion'].iloc[0], '', 1)} with nothing held alike"
        words += f" ({row['strata']:,.0f} strata)."
        said.append(words)
        refusals += [f"The model *{one.model}* is refused: {one.reason}." for one in refused.itertuples()]
    return " ".join([*said, *dict.fromkeys(refusals)]) or NONE
