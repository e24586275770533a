"""The jobs of the service benchmark, each run as a process of its own by ``tests/bench_service.py``.

A job prints one line of JSON: seconds of its parts, counts, and the largest resident size in MiB.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

STARTED = time.perf_counter()
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "lib"))

KEYS = ["age_band", "sex", "deprivation", "region", "year"]
EVERYONE = {"n": "count(*)", "referred": "sum(referred)", "days": "sum(days)"}
REFERRED = {
    **{stage: f"sum({stage})" for stage in ("offered", "tested", "diagnosed", "tests")},
    **{"waits": "count(wait_days)", "logs": "sum(ln(wait_days))", "squares": "sum(ln(wait_days) ** 2)"},
}
OUTCOMES = [  # outcome, family, events, records (or person-years)
    ("referred", "logit", "referred", "n"),
    ("offered", "logit", "offered", "referred"),
    ("tested", "logit", "tested", "offered"),
    ("diagnosed", "logit", "diagnosed", "tested"),
    ("tests a person-year", "rate", "tests", "years"),
    ("log wait", "linear", "logs", "waits"),
]
LADDER = [["age_band", "sex"], ["age_band", "sex", "deprivation"], ["age_band", "sex", "deprivation", "region", "year"]]
REFERENCE = {"ethnicity": "White British", "broad": "White"}
MEMORY = "700MB"  # for DuckDB; beyond it groups are counted on disk


def connected(path: str):
    """Return a connection with two threads and bounded memory."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = 2; SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false")
    connection.execute(f"SET temp_directory = '{Path(path).parent / 'spill'}'")
    return connection


def counted(path: str, *more: str, later: tuple[str, ...] = tuple(REFERRED)):
    """Return the cells of all residents, with the six broad groups beside the nineteen; only the measures asked for."""
    from bench_service_data import GROUPS
    from genequity.service import cells

    among = ("referred = 1", {name: REFERRED[name] for name in later}) if later else None
    keys = ["ethnicity", *KEYS, *more]
    found = cells.counted(connected(path), f"read_parquet('{path}')", keys, EVERYONE, among)
    found.sums["years"] = found.sums.pop("days") / 365.25
    return found.grouped("ethnicity", {name: broad for broad, names in GROUPS.items() for name in names}, "broad")


def fitted(cells, keys: list[str], family: str, events: str, records: str):
    """Fit one model; return the design, its cells and the fit."""
    from genequity.service import glm

    cells = cells.informative(keys, events, records if family == "logit" else None)
    design = cells.design(keys, REFERENCE)
    if family == "linear":
        return design, cells, glm.fit_linear(design, *(cells.sums[name] for name in ("waits", "logs", "squares")))
    return design, cells, glm.fit(design, cells.sums[events], cells.sums[records], family)


def places(cells) -> Iterator[tuple[str, object]]:
    """Yield the nation, then every region."""
    yield "national", cells
    for region in cells.levels["region"]:
        yield region, cells.where("region", region)


def job_start(path: str) -> dict:
    """Start and import, nothing more."""
    import duckdb  # noqa: F401
    from genequity.service import glm  # noqa: F401

    return {}


def job_floor(path: str) -> dict:
    """Decode the columns that are read, group nothing: the sum of every number, the length of every text."""
    text, numbers = ("ethnicity", "age_band", "sex", "region"), ("deprivation", "year", "referred", "days", "wait_days")
    numbers = (*numbers, "offered", "tested", "diagnosed", "tests")
    found, connection = {}, connected(path)
    for name, aggregate in (("floor", "max"), ("floor, dictionaries unread", "sum(strlen")):
        close = ")" * aggregate.count("(") + ")"
        parts = [f"{aggregate}({column}{close}" for column in text] + [f"sum({column})" for column in numbers]
        times = []
        for _ in range(3):
            start, used = time.perf_counter(), time.process_time()
            connection.execute(f"SELECT {', '.join(parts)} FROM read_parquet('{path}')").fetchall()
            times.append((time.perf_counter() - start, time.process_time() - used))
        found[name], found[f"{name} CPU"] = sorted(times)[1]
    return found


def job_group(path: str) -> dict:
    """Count the cells."""
    start = time.perf_counter()
    cells = counted(path)
    return {"count": time.perf_counter() - start, "cells": len(cells)}


def job_headline(path: str) -> dict:
    """Fit six outcomes, nationally and in seven regions, for 19 and 6 groups, with three sets of covariates."""
    from genequity.service import glm

    start = time.perf_counter()
    cells = counted(path)
    between = time.perf_counter()
    models, failed = 0, 0
    for group in ("ethnicity", "broad"):
        merged = cells if group == "ethnicity" else cells.over(group, *KEYS)
        for _, family, events, records in OUTCOMES:
            measures = [events, "squares"] if family == "linear" else [events]
            held = merged.held(records, *measures)
            for covariates in reversed(LADDER):
                held = held.over(group, *covariates, *([] if "region" in covariates else ["region"]))
                for where, here in places(held):
                    keys = [group, *(key for key in covariates if where == "national" or key != "region")]
                    models += 1
                    try:
                        fitted(here.over(*keys), keys, family, events, records)
                    except glm.NotEstimable:
                        failed += 1
    done = time.perf_counter()
    return {"count": between - start, "fits": done - between, "cells": len(cells), "models": models, "failed": failed}


def job_clustered(path: str) -> dict:
    """Fit the last model of six outcomes, nationally and by region, with the variance clustered by provider."""
    from genequity.service import glm, variance

    start = time.perf_counter()
    cells = counted(path, "provider").over("broad", *KEYS, "provider")
    between = time.perf_counter()
    models, failed = 0, 0
    for _, family, events, records in OUTCOMES:
        held = cells.held(records, events, *(["squares"] if family == "linear" else []))
        for where, here in places(held):
            keys = ["broad", *(key for key in KEYS if where == "national" or key != "region")]
            models += 1
            try:
                design, own, fit = fitted(here, keys, family, events, records)
                variance.estimate(design, fit, own.sums[events], own.sums[records], variance.CR1, own.codes["provider"])
            except glm.NotEstimable:
                failed += 1
    done = time.perf_counter()
    return {"count": between - start, "fits": done - between, "cells": len(cells), "models": models, "failed": failed}


def headline_model(path: str, *more: str):
    """Return the cells, design and fit of referral, nationally, for six groups and all covariates."""
    cells = counted(path, *more).over("broad", *KEYS, *more)
    return fitted(cells, ["broad", *KEYS], "logit", "referred", "n")


def job_bootstrap(path: str) -> dict:
    """Draw the records, and the providers, with replacement; fit the national model to each replicate."""
    import numpy as np
    from genequity.service import bootstrap

    design, cells, fit = headline_model(path, "provider")
    values, rng = (cells.sums["referred"], cells.sums["n"]), np.random.default_rng(1)
    start, times = time.perf_counter(), int(os.environ.get("REPLICATES", "1000"))
    records = bootstrap.of_records(design, *values, fit, times, rng)
    between = time.perf_counter()
    clusters = bootstrap.of_clusters(design, *values, cells.codes["provider"], fit, times, rng)
    done = time.perf_counter()
    ratio = (clusters.errors / records.errors)[1:6].max()
    return {"of records": between - start, "of providers": done - between, "largest ratio of errors": float(ratio)}


def job_imputation(path: str) -> dict:
    """Impute unknown groups 20 times from the outcome and all covariates; fit the national model, clustered, to each."""
    import numpy as np
    from genequity.service import cells as counts
    from genequity.service import glm, imputation, variance

    cells = counted(path, "provider").over("broad", *KEYS, "provider")
    start = time.perf_counter()
    unknown = cells.levels["broad"].index("Unknown")
    names = [name for name in cells.levels["broad"] if name != "Unknown"]
    known, missing = (cells.taken((cells.codes["broad"] == unknown) == side) for side in (False, True))
    # The chances: one cell a pattern and outcome, with the known records of each group.
    patterns = known.over(*KEYS, "broad").over(*KEYS)
    table = np.zeros((2, len(patterns), len(names)))
    wide = [len(cells.levels[key]) for key in KEYS]
    place = np.ravel_multi_index([patterns.codes[key] for key in KEYS], wide)
    own = np.searchsorted(place, np.ravel_multi_index([known.codes[key] for key in KEYS], wide))
    events, records = known.sums["referred"], known.sums["n"]
    np.add.at(table[1], (own, known.codes["broad"]), events)
    np.add.at(table[0], (own, known.codes["broad"]), records - events)
    codes = {key: np.tile(patterns.codes[key], 2) for key in KEYS} | {"y": np.repeat([0, 1], len(patterns))}
    both = counts.Cells(codes, patterns.levels | {"y": ("0", "1")}, {"n": np.ones(2 * len(patterns))})
    model = imputation.fit(both.design([*KEYS, "y"]), table.reshape(-1, len(names)))
    of = np.searchsorted(place, np.ravel_multi_index([missing.codes[key] for key in KEYS], wide))
    reached, total = missing.sums["referred"], missing.sums["n"]
    places, number = np.concatenate([total - reached, reached]), np.concatenate([of, len(patterns) + of])
    # The analysis: known cells, then the unknown ones once a group.
    codes = {
        key: np.concatenate([known.codes[key], np.tile(missing.codes[key], len(names))]) for key in (*KEYS, "provider")
    }
    codes["broad"] = np.concatenate([known.codes["broad"], np.repeat(np.arange(len(names)), len(missing))])
    levels = cells.levels | {"broad": tuple(names)}
    design = counts.Cells(codes, levels, {}).design(["broad", *KEYS], REFERENCE)
    estimates, variances, fit = [], [], None
    for drawn in imputation.draws(model, places, number, 20, np.random.default_rng(2)):
        none, some = drawn[: len(missing)].T.ravel(), drawn[len(missing) :].T.ravel()
        y, n = np.concatenate([events, some]), np.concatenate([records, none + some])
        fit = glm.fit(design, y, n, start=None if fit is None else fit.beta)
        clustered = variance.estimate(design, fit, y, n, variance.CR1, codes["provider"])
        estimates.append(fit.beta)
        variances.append(np.diag(clustered.covariance))
    clusters = len(cells.levels["provider"])
    for coefficient in range(1, len(names)):
        imputation.pool(np.array(estimates)[:, coefficient], np.array(variances)[:, coefficient], clusters - 1)
    return {"draws and fits": time.perf_counter() - start, "unknown records": float(total.sum())}


def job_intercept(path: str) -> dict:
    """Fit a random intercept of the provider by adaptive quadrature, with all covariates."""
    from genequity.service import mixed

    design, cells, _ = headline_model(path, "provider")
    start = time.perf_counter()
    found = mixed.fit(design, cells.sums["referred"], cells.sums["n"], cells.codes["provider"])
    return {"fit": time.perf_counter() - start, "sd": found.sd, "cells": len(cells), "coefficients": design.size}


def job_rates(path: str) -> dict:
    """Standardise referral by age, for each group of each region, and compare it with the White group's."""
    import numpy as np
    from genequity.service import intervals

    weights = [
        5000,
        5500,
        5500,
        5500,
        6000,
        6000,
        6500,
        7000,
        7000,
        7000,
        7000,
        6500,
        6000,
        5500,
        5000,
        4000,
        2500,
        2500,
    ]
    start = time.perf_counter()
    cells = counted(path)
    between, rates = time.perf_counter(), 0
    for _, here in places(cells.over("broad", "region", "age_band")):
        wide = (len(here.levels["broad"]), len(here.levels["age_band"]))
        number = here.codes["broad"] * wide[1] + here.codes["age_band"]
        events, residents = (
            np.bincount(number, here.sums[name], wide[0] * wide[1]).reshape(wide) for name in ("referred", "n")
        )
        # In a small file some group has nobody of some age: without residents there is no rate.
        found = [
            intervals.standardised_rate(*pair, weights) if pair[1].all() else None
            for pair in zip(events, residents, strict=True)
        ]
        reference = found[here.levels["broad"].index("White")]
        rates += len([intervals.compare_rates(rate, reference) for rate in found if rate and reference])
    return {"count": between - start, "rates": time.perf_counter() - between, "compared": rates}


def job_three(path: str) -> dict:
    """Fit one logistic, one Poisson and one linear model: six groups and all covariates."""
    merged = counted(path, later=("tests", "waits", "logs", "squares")).over("broad", *KEYS)
    fits = [fitted(merged, ["broad", *KEYS], *outcome[1:])[2] for outcome in (OUTCOMES[0], *OUTCOMES[-2:])]
    return {"beta": list(fits[0].beta)}


def job_one(path: str) -> dict:
    """Fit one logistic model: six groups and all covariates."""
    cells = counted(path, later=()).over("broad", *KEYS)
    return {"beta": list(fitted(cells, ["broad", *KEYS], "logit", "referred", "n")[2].beta)}


def job_chunked(path: str) -> dict:
    """Fit referral with exact age and distance, clustered by provider, through the workflow's own functions."""
    import pandas as pd
    from bench_service_data import GROUPS
    from genequity.service import adjusted, continuous

    methods = {"continuous": {"age": 3, "distance": 1}, "level": 0.95, "power": 0.8, "variance": "auto"}
    methods |= {"min_clusters": 10, "min_events": 10, "separated": "leave_out"}
    section = {"outcomes": ["referred"], "adjust": {"full": ["age", "sex", "deprivation", "region"]}}
    section |= {"cluster": "provider", "methods": methods}
    broad = " ".join(f"WHEN ethnicity IN {tuple(names)} THEN '{group}'" for group, names in GROUPS.items())
    start, values = time.perf_counter(), str(Path(path).with_suffix(".values.parquet"))
    connection = connected(path)
    connection.execute(f"""
        CREATE VIEW staged AS SELECT CASE {broad} ELSE 'Unknown' END AS "group", region, provider, sex,
            deprivation::VARCHAR AS deprivation, age, distance_km AS v_distance, true AS e_referred,
            referred = 1 AS r_referred, file_row_number AS row FROM read_parquet('{path}', file_row_number = true)
    """)
    continuous.write_records(connection, section, values)
    connection.close()
    between = time.perf_counter()
    asked = {"outcome": "referred", "model": "full", "region": "All"}
    asked = pd.DataFrame([asked], columns=[*adjusted.BASE, *adjusted.ESTIMATES, *adjusted.SHARED])
    found = continuous.exact(asked, values, section, comparator="White", national="All")
    done = time.perf_counter()
    Path(values).unlink()
    row = found.set_index("group").loc["Asian"]
    return {"rows written": between - start, "fits": done - between, "coefficients": int(row["parameters"])}


def job_step(path: str) -> dict:
    """Run the whole first step of the workflow: checks, exclusions, every rule of ethnicity, cells."""
    import importlib.util
    import inspect
    import tempfile

    from bench_service_data import GROUPS
    from genequity import config

    stages = [
        {"id": name, "label": name, "column": name, "equals": ["1"]} for name in ("referred", "offered", "tested")
    ]
    spec = importlib.util.spec_from_file_location("step", ROOT / "workflow" / "scripts" / "service" / "records.py")
    step = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(step)
    with tempfile.TemporaryDirectory(dir=Path(path).parent) as folder:
        scheme = Path(folder, "scheme.csv")
        lines = [f"{name},{name},valid,{broad},{name}" for broad, names in GROUPS.items() for name in names]
        scheme.write_text("\n".join(["code,label,kind,six,nineteen", *lines]) + "\n", encoding="utf-8")
        regions = Path(folder, "regions.csv")
        connection = connected(path)
        codes = connection.execute(f"SELECT DISTINCT region FROM read_parquet('{path}') ORDER BY 1").fetchall()
        regions.write_text("code,label\n" + "".join(f"{code},{code}\n" for (code,) in codes), encoding="utf-8")
        labels = {str(decile): str(decile) for decile in range(1, 11)}
        section = config.filled(
            {
                "service": {
                    "inputs": {"extract": path},
                    "fields": {
                        "region": "region",
                        "provider": "provider",
                        "age": {"column": "age"},
                        "sex": {"column": "sex", "values": {"F": "Female", "M": "Male"}},
                        "deprivation": {"column": "deprivation", "values": labels},
                        "ethnicity": ["ethnicity"],
                    },
                    "start": {"id": "resident", "label": "Resident"},
                    "pathway": stages,
                    "outcomes": ["referred", "offered", "tested"],
                    "adjust": {"full": ["age", "sex", "deprivation", "region"]},
                    "cluster": "provider",
                    "methods": {"resolution": "modal"},
                }
            }
        )["service"]
        given = {"extract": path, "scheme": str(scheme), "lookup": [str(regions)], "other_sources": [], "targets": []}
        given |= {"values": [], "section": section, "grouping": "six", "comparator": "White", "national": "All"}
        for name in inspect.signature(step.main).parameters:
            given.setdefault(name, str(Path(folder, f"{name}.parquet")))
        start = time.perf_counter()
        step.main(**given)
        return {"step": time.perf_counter() - start}


def run(name: str, path: str) -> None:
    """Run one job and print what it took."""
    found = globals()[f"job_{name}"](path)
    own = resource.getrusage(resource.RUSAGE_SELF)
    found |= {"wall": time.perf_counter() - STARTED, "cpu": own.ru_utime + own.ru_stime, "peak": own.ru_maxrss / 1024}
    print(json.dumps(found))


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2])
