"""The numbers that the chapter's text uses, from released tables, each with its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity.numbers import number
from genequity.service.population import denominators
from genequity.service.records import ALL_GROUPS, ALL_STATUS

if TYPE_CHECKING:
    import pandas as pd


def numbers(released: dict[str, pd.DataFrame], section: dict[str, Any], national: str) -> list[dict[str, Any]]:
    """Return the numbers of the strand.

    Parameters
    ----------
    released : dict
        Released tables by name.
    section : dict
        The config section, for the words that name its choices.
    national : str
        Label of all regions together.
    """
    flow = released["flow"].set_index("step")["records"]
    rows = [
        number(
            f"service.records_{step}",
            _given(flow[step]),
            "records",
            "service/flow",
            f"step={step}",
            "records",
            "service_records",
        )
        for step in ("read", "relative", "analysed")
        if step in flow.index
    ]
    people = released["completeness"].set_index(["region", "status"])
    for key, status, column, unit in (
        ("people", ALL_STATUS, "people", "people"),
        ("known", "Known", "share", "proportion"),
        ("not_stated", "Not stated", "share", "proportion"),
        ("not_known", "Not known", "share", "proportion"),
    ):
        at = f"region={national};status={status}"
        value = _given(people.loc[(national, status), column])
        decimals = 1 if column == "share" else None
        rows.append(
            number(f"service.{key}", value, unit, "service/completeness", at, column, "service_records", decimals)
        )
    rule = released["resolution"][released["resolution"]["chosen"]].iloc[0]
    at = f"rule={rule['rule']};group={ALL_GROUPS}"
    rows.append(number("service.rule", rule["label"], "", "service/resolution", at, "label", "service_records"))
    rates, first = section.get("rates") or {}, released["rates"].iloc[0]
    at = f"measure={first['measure']};region={first['region']};group={first['group']}"
    source = "; ".join(dict.fromkeys(own["source"] for own in denominators(section).values())) or "none supplied"
    rows.append(number("service.denominators", source, "", "service/rates", at, "population", "service_rates"))
    rows.append(
        number("service.standard", rates.get("standard", "none"), "", "service/rates", at, "rate", "service_rates")
    )
    level = section["methods"]["level"]
    rows.append(number("service.level", level, "proportion", "service/rates", at, "low", "service_rates"))
    fitted = released["adjusted"].iloc[0]
    at = ";".join(f"{column}={fitted[column]}" for column in ("outcome", "model", "region", "group"))
    power = section["methods"]["power"]
    rows.append(number("service.power", power, "proportion", "service/adjusted", at, "detectable", "service_models"))
    everyone = released["pathway"]
    everyone = everyone[(everyone["region"] == national) & (everyone["group"] == ALL_GROUPS)]
    for row in everyone.to_dict("records"):
        at = f"stage={row['stage']};region={national};group={ALL_GROUPS}"
        for column in ("share", "cumulative", "chance"):
            key = f"service.{row['stage']}.{column}"
            rows.append(
                number(key, _given(row[column]), "proportion", "service/pathway", at, column, "service_models", 1)
            )
    return rows


def _given(value: Any) -> Any:
    """Return a released value, or None where it is withheld."""
    return None if str(value) in ("<NA>", "nan") else value
