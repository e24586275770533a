"""The jobs of the service benchmark, each run as a process of its own by ``tests/bench_service.py``.

A job prints one line of JSON: seconds of its parts, counts, and the largest resident size in MiB.
"""

from __future__ import annotations

import json
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


def counted(path: str, *more: str):
    """Return the cells of all residents, with the six broad groups beside the nineteen."""
    from bench_service_data import GROUPS
    from genequity.service import cells

    found = cells.counted(
        connected(path), f"read_parquet('{path}')", ["ethnicity", *KEYS, *more], EVERYONE, ("referred = 1", REFERRED)
    )
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
            start = time.perf_counter()
            connection.execute(f"SELECT {', '.join(parts)} FROM read_parquet('{path}')").fetchall()
            times.append(time.perf_counter() - start)
        found[name] = sorted(times)[1]
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
                variance.estimate(
                    design, fit, own.sums[events], own.sums[records], variance.CR1, own.codes["provider"]
                )
            except glm.NotEstimable:
                failed += 1
    done = time.perf_counter()
    return {"count": between - start, "fits": done - between, "cells": len(cells), "models": models, "failed": failed}


def run(name: str, path: str) -> None:
    """Run one job and print what it took."""
    found = globals()[f"job_{name}"](path)
    own = resource.getrusage(resource.RUSAGE_SELF)
    found |= {"wall": time.perf_counter() - STARTED, "cpu": own.ru_utime + own.ru_stime, "peak": own.ru_maxrss / 1024}
    print(json.dumps(found))


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2])
