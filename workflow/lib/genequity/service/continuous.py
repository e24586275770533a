"""Adjusted models with continuous covariates taken exactly: age in years instead of bands, distance, and the like.

Asked for in ``service.methods.continuous``, which gives each of these covariates the degree of its polynomial. The
records step then writes one row a record, with the number of its cell, its stages and the values, into the restricted
folder. Each model that adjusts for anything is fitted by passes over those rows (:mod:`genequity.service.chunked`), in
memory bounded by the cells, and takes the place of the one with bands. What the table says of the method tells which
was used. Records without one of the values are left out, as those with an unknown covariate are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.errors import Problem, nearest
from genequity.service import adjusted, chunked, extract, glm, sql
from genequity.service import variance as variances

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

AGE = "age"
CELL_KEYS = ["group", "region", "provider", "sex", "deprivation"]
DEGREES = {1: "linear", 2: "quadratic", 3: "cubic", 4: "quartic"}


def config_problems(section: dict[str, Any]) -> list[Problem]:
    """Return what does not fit together in the settings of continuous covariates."""
    fields, found = section["fields"], []
    named = {AGE, *(fields.get("numbers") or {})}
    for name in section["methods"].get("continuous") or {}:
        where = f"service.methods.continuous.{name}"
        if name not in named:
            found.append(
                Problem(
                    "config",
                    f"'{name}' is no column of numbers.{nearest(name, named)}",
                    where=where,
                    expected=f"one of {', '.join(sorted(named))}",
                    do="name its column in service.fields.numbers",
                )
            )
        elif name == AGE and (not fields.get(AGE) or fields[AGE].get("bands")):
            found.append(
                Problem(
                    "config",
                    "ages are not supplied in years" if fields.get(AGE) else "no column of ages is named",
                    where=where,
                    do="name a column of ages in service.fields.age, without bands, or take age out here",
                )
            )
    return found


def value(name: str) -> str:
    """Return the column of a continuous covariate in the staged records."""
    return AGE if name == AGE else f"v_{name}"


def write_records(connection: duckdb.DuckDBPyConnection, section: dict[str, Any], path: str) -> None:
    """Write one row an included record: its cell, the stages of the outcomes and the values (Parquet, by cell)."""
    keys = [*CELL_KEYS, *(["pedigree"] if section["cluster"] == "pedigree" else [])]
    named = ", ".join(map(sql.name, keys))
    same = " AND ".join(f"s.{sql.name(key)} IS NOT DISTINCT FROM c.{sql.name(key)}" for key in keys)
    stages = [sql.name(f"{kind}_{outcome}") for outcome in section["outcomes"] for kind in "er"]
    values = [f"{sql.name(value(name))}::DOUBLE AS {sql.name(name)}" for name in section["methods"]["continuous"]]
    wanted = ", ".join(f"s.{column}" for column in [*map(sql.name, keys), *stages, *values])
    query = f"""
        WITH numbered AS (
            SELECT row_number() OVER (ORDER BY {named}) - 1 AS cell, {named}
            FROM (SELECT DISTINCT {named} FROM staged))
        SELECT c.cell, {wanted} FROM staged s JOIN numbered c ON {same} ORDER BY c.cell, s.row
    """
    sql.copy(connection, query, path)


def exact(
    estimates: pd.DataFrame, path: str, section: dict[str, Any], *, comparator: str, national: str
) -> pd.DataFrame:
    """Return the estimates with those of models that have covariates fitted anew, continuous ones exactly.

    Parameters
    ----------
    estimates : pandas.DataFrame
        Result of :func:`genequity.service.adjusted.differences`.
    path : str
        What :func:`write_records` wrote.
    section : dict
        The config section.
    comparator, national : str
        The group compared with; the label of all regions together.
    """
    import duckdb
    import pandas as pd

    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{extract.MEMORY}'")
        parts = []
        for (outcome, model, region), rows in estimates.groupby(["outcome", "model", "region"], sort=False):
            covariates = [c for c in section["adjust"][model] if region == national or c != "region"]
            if not covariates:
                parts.append(rows)
                continue
            where = "true" if region == national else f"region = {sql.text(region)}"
            base = {"outcome": outcome, "model": model, "region": region, "comparator": comparator}
            parts.append(pd.DataFrame(_rows(connection, path, base, covariates, where, section)))
    return pd.concat(parts, ignore_index=True)[list(estimates.columns)]


def _rows(connection, path: str, base: dict[str, str], covariates: list[str], where: str, section) -> list[dict]:
    """Fit one model; return one row a group."""
    outcome, methods, cluster = base["outcome"], section["methods"] | {"separated": "leave_out"}, section["cluster"]
    continuous = {name: degree for name, degree in methods["continuous"].items() if name != AGE or AGE in covariates}
    rest = [covariate for covariate in covariates if covariate != AGE or AGE not in continuous]
    known = [f"{sql.name(name)} IS NOT NULL" for name in continuous]
    source = f"read_parquet({sql.text(path)}) WHERE {' AND '.join([sql.name(f'e_{outcome}'), where, *known])}"
    keys = list(dict.fromkeys(["cell", "group", *rest, *([cluster] if cluster else [])]))
    names = ", ".join(map(sql.name, keys))
    cells = connection.execute(f"""
        SELECT {names}, count(*) AS {sql.name(f"eligible_{outcome}")},
            count_if({sql.name(f"r_{outcome}")}) AS {sql.name(f"reached_{outcome}")}
        FROM {source} GROUP BY {names} ORDER BY cell
    """).df()
    here = adjusted.sample(cells, outcome, rest, base["comparator"], cluster, methods)
    found: dict[str, dict[str, Any]] = {}
    shared: dict[str, Any] = {"records": int(here.known["n"].sum()), "events": int(here.known["events"].sum())}
    reasons = here.reasons
    if here.usable:
        try:
            model = Model(here, cells, rest, cluster)
            chunks = model.chunks(connection, source, outcome, continuous)
            found, shared = model.estimates(chunks, sum(continuous.values()), methods)
            shared["method"] = f"{adjusted.LIKELIHOOD}; {said(continuous)} exact, by scoring over records in chunks"
        except glm.NotEstimable as why:
            reasons = {group: reasons[group] or str(why) for group in here.groups}
    return adjusted.rows_of(here, base, found, shared, reasons)


def said(continuous: dict[str, int]) -> str:
    """Say which covariates are exact.

    >>> said({"age": 3, "distance": 1})
    'age (cubic) and distance (linear)'
    """
    return " and ".join(f"{name} ({DEGREES[degree]})" for name, degree in continuous.items())


class Model:
    """One model's categorical design, and which of its patterns every cell of the file belongs to."""

    def __init__(self, here: adjusted.Sample, cells: pd.DataFrame, covariates: list[str], cluster: str | None):
        self.groups, self.cluster = here.usable, cluster
        self.design, self.codes = adjusted.design_of(here.patterns, here.usable, covariates, cluster)
        keys = ["group", *covariates, *([cluster] if cluster else [])]
        numbered = here.patterns[keys].assign(pattern=range(len(here.patterns)))
        merged = cells[["cell", *keys]].merge(numbered, on=keys, how="inner")
        self.pattern = np.full(int(cells["cell"].max()) + 1, -1)
        self.pattern[merged["cell"].to_numpy()] = merged["pattern"].to_numpy()
        self.sizes = np.bincount(self.design.factors[0].codes, here.patterns["n"].to_numpy(float), len(self.groups))

    def chunks(self, connection, source: str, outcome: str, continuous: dict[str, int]) -> chunked.Chunks:
        """Return the passes over the records in this model: pattern, outcome and powers of each scaled value."""
        parts = []
        for name, degree in continuous.items():
            column = sql.name(name)
            middle, width = connection.execute(f"SELECT avg({column}), stddev_pop({column}) FROM {source}").fetchall()[
                0
            ]
            scaled = f"(({column} - {middle!r}) / {width or 1.0!r})"
            parts += ["*".join([scaled] * power) for power in range(1, degree + 1)]
        query = f"SELECT cell, {sql.name(f'r_{outcome}')}::INTEGER, {', '.join(parts)} FROM {source}"
        read = chunked.from_duckdb(connection, query, len(parts))

        def kept():
            for cell, outcome, values in read():
                pattern = self.pattern[cell]
                own = pattern >= 0
                yield (pattern, outcome, values) if own.all() else (pattern[own], outcome[own], values[own])

        return kept

    def estimates(self, chunks: chunked.Chunks, terms: int, methods: dict[str, Any]):
        """Fit the model; return the estimates of each group, and what they share, as the models on cells do."""
        fitted = chunked.fit(self.design, chunks, terms)
        kind = adjusted.variance_kind(self.codes, methods)
        chosen = fitted.variance(kind, self.codes)
        poisson = None
        try:
            ratio = chunked.fit(self.design, chunks, terms, glm.POISSON)
            robust = variances.HC0 if kind == variances.MODEL else kind
            poisson = ratio.fit.beta, ratio.variance(robust, self.codes)
        except glm.NotEstimable:
            pass
        alone = adjusted.alone(self.design, self.codes) if chosen.clusters else set()
        found = adjusted.described(
            self.groups, fitted.fit.beta, fitted.standardised_risks(), (chosen, fitted.variance(variances.MODEL)),
            poisson, sizes=self.sizes, alone=alone, cluster=self.cluster, methods=methods,
        )  # fmt: skip
        shared = {"records": int(fitted.fit.records), "events": int(fitted.fit.events)}
        return found, shared | {"parameters": self.design.size + terms, "clusters": chosen.clusters}
