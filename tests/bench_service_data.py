"""Residents of England for the benchmark: one row each, made inside DuckDB from hashes of the row number.

The same rows come out on every machine, and a smaller file holds the first rows of a larger one. Regions and their
ethnic mix follow Census 2021; ages, deprivation, providers, referral and all that follows are invented.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

SEED, PARTS = 20240601, 10_000  # every share is a whole number of ten-thousandths
GROUPS = {
    "White": ["White British", "White Irish", "Gypsy or Irish Traveller", "Roma", "Other White"],
    "Mixed": ["White and Black Caribbean", "White and Black African", "White and Asian", "Other Mixed"],
    "Asian": ["Indian", "Pakistani", "Bangladeshi", "Chinese", "Other Asian"],
    "Black": ["African", "Caribbean", "Other Black"],
    "Other": ["Arab", "Any other"],
}
ENGLAND = [73.5, 0.9, 0.1, 0.2, 6.3, 0.9, 0.4, 0.8, 0.8, 3.3, 2.8, 1.1, 0.8, 1.7, 2.6, 1.1, 0.5, 0.6, 1.6]
LONDON = [36.8, 1.8, 0.1, 0.4, 14.7, 1.5, 0.9, 1.4, 1.9, 7.5, 3.3, 3.7, 1.7, 4.6, 7.9, 3.9, 1.7, 1.6, 4.7]
REGIONS = [  # code, share of residents (%), minority share against the rest of England, log odds of referral
    ("E40000003", 15.6, None, 0.15),
    ("E40000005", 16.0, 0.80, 0.05),
    ("E40000006", 10.3, 0.45, -0.05),
    ("E40000007", 11.4, 0.90, 0.0),
    ("E40000010", 12.8, 1.10, -0.1),
    ("E40000011", 19.3, 1.35, -0.05),
    ("E40000012", 14.6, 0.85, 0.1),
]
REFERRED = [0, 0.05, -0.9, -0.7, -0.15, -0.1, -0.15, -0.05, -0.1, -0.25, -0.1, -0.35, -0.4, -0.3, -0.45, -0.3, -0.4]
REFERRED += [-0.35, -0.3]
AGES = [5.4, 5.9, 6.0, 5.7, 6.0, 6.6, 7.0, 6.7, 6.3, 6.3, 6.9, 6.7, 5.8, 5.0, 5.0, 3.6, 2.5, 2.4]
BY_AGE = [0.9, 0.6, 0.5, 0.3, 0.1, 0.25, 0.35, 0.3, 0.2, 0.15, 0.1, 0, -0.1, -0.25, -0.5, -0.8, -1.2, -1.8]
OLDER = {"White": 0.0, "Mixed": -0.16, "Asian": -0.07, "Black": -0.07, "Other": -0.06}
DEPRIVED = {"White": 0.0, "Mixed": -0.1, "Asian": -0.08, "Black": -0.13, "Other": -0.13}
PROVIDERS = 150


def cut(shares: np.ndarray) -> np.ndarray:
    """Return the category of each of the parts, so that the shares hold."""
    ends = np.floor(np.cumsum(shares) / np.sum(shares) * PARTS + 0.5)
    ends[-1] = PARTS
    return np.searchsorted(ends, np.arange(PARTS), side="right")


def tables() -> dict[str, pd.DataFrame]:
    """Return look-ups: from a part of a whole to a category, and from a category to its words and log odds."""
    rng, part = np.random.default_rng(SEED), np.arange(PARTS)
    wide = [(name, group) for group, names in GROUPS.items() for name in names]
    england, london = np.array(ENGLAND) / sum(ENGLAND), np.array(LONDON) / sum(LONDON)
    shares = np.array([share for _, share, _, _ in REGIONS]) / sum(share for _, share, _, _ in REGIONS)
    rest = (england - shares[0] * london) / (1 - shares[0])
    by_region, of_region, providers = [], [], []
    home = np.repeat(np.arange(len(REGIONS)), np.bincount(np.arange(PROVIDERS) % len(REGIONS)))
    size, effect = rng.lognormal(0, 0.6, PROVIDERS), rng.normal(0, 0.35, PROVIDERS)
    for place, (_, _, tilt, _) in enumerate(REGIONS):
        mix = london if tilt is None else rest * tilt
        mix = mix if tilt is None else np.append(1 - mix[1:].sum(), mix[1:])
        by_region.append(pd.DataFrame({"k": place * PARTS + part, "e": cut(mix)}))
        here = np.flatnonzero(home == place)
        providers.append(pd.DataFrame({"k": place * PARTS + part, "p": here[cut(size[here])]}))
        of_region.append(place)
    ages, deciles = [], []
    for place, (_, group) in enumerate(wide):
        age = np.array(AGES) * np.exp(OLDER[group] * np.arange(18))
        ages.append(pd.DataFrame({"k": place * PARTS + part, "a": cut(age)}))
        deciles.append(pd.DataFrame({"k": place * PARTS + part, "d": 1 + cut(np.exp(DEPRIVED[group] * np.arange(10)))}))
    bands = [f"{5 * i:02d}-{5 * i + 4:02d}" for i in range(17)] + ["85+"]
    groups = pd.DataFrame(wide, columns=["ethnicity", "broad"]).assign(e=range(len(wide)), by_group=REFERRED)
    names = [f"R{place:03d}" for place in range(PROVIDERS)]
    return {
        "to_region": pd.DataFrame({"k": part, "r": cut(shares)}),
        "to_group": pd.concat(by_region),
        "to_provider": pd.concat(providers),
        "to_age": pd.concat(ages),
        "to_decile": pd.concat(deciles),
        "groups": groups,
        "ages": pd.DataFrame({"a": range(18), "age_band": bands, "by_age": BY_AGE}),
        "regions": pd.DataFrame(
            {"r": of_region, "region": [r[0] for r in REGIONS], "by_region": [r[3] for r in REGIONS]}
        ),
        "providers": pd.DataFrame({"p": range(PROVIDERS), "provider": names, "by_provider": effect}),
    }


QUERY = f"""
WITH numbered AS (SELECT range::UBIGINT AS i, floor(u(range, 1) * {PARTS})::INT AS k FROM range({{rows}})),
placed AS (
    SELECT i, r, e, p FROM numbered JOIN to_region USING (k)
    JOIN to_group g ON g.k = r * {PARTS} + floor(u(i, 2) * {PARTS})::INT
    JOIN to_provider o ON o.k = r * {PARTS} + floor(u(i, 3) * {PARTS})::INT),
known AS (
    SELECT placed.*, a, d, if(u(i, 4) < 0.507, 'F', 'M') AS sex, floor(u(i, 5) * 5)::INT AS later
    FROM placed JOIN to_age x ON x.k = e * {PARTS} + floor(u(i, 6) * {PARTS})::INT
    JOIN to_decile y ON y.k = e * {PARTS} + floor(u(i, 7) * {PARTS})::INT),
described AS (
    SELECT *, if(a = 17, 85 + floor(u(i, 8) * 15), a * 5 + floor(u(i, 8) * 5))::UTINYINT AS age,
        round(exp(2.3 + 0.8 * z(i, 9)), 1)::FLOAT AS distance_km, (1 + floor(u(i, 11) * 1826))::USMALLINT AS days
    FROM known JOIN groups USING (e) JOIN ages USING (a) JOIN regions USING (r) JOIN providers USING (p)),
sent AS (
    SELECT *, u(i, 12) < expit(-4.1 + by_group + by_age + by_region + by_provider + (d - 5.5) * 0.03 + later * 0.08
        - 0.006 * distance_km + if(sex = 'F', 0.2, 0)
        + CASE WHEN r = 0 AND broad IN ('Asian', 'Black') THEN 0.13 WHEN r = 5 AND broad = 'Asian' THEN -0.12 ELSE 0 END
    ) AS referred FROM described),
offers AS (
    SELECT *, CASE WHEN referred THEN u(i, 13) < expit(2.2 + 0.6 * by_group + (d - 5.5) * 0.03 + 0.3 * by_provider) END
        AS offered FROM sent),
tests AS (
    SELECT *, CASE WHEN offered THEN u(i, 14) < expit(1.9 + 0.4 * by_group + (d - 5.5) * 0.02 - 0.004 * distance_km) END
        AS tested FROM offers),
results AS (
    SELECT *, CASE WHEN tested THEN u(i, 15) < expit(-1.1 + 0.3 * by_group + 0.4 * by_age) END AS diagnosed,
        CASE WHEN tested THEN greatest(1, round(exp(4.0 - 0.1 * by_group - 0.05 * later + 0.2 * by_provider
            + 0.55 * z(i, 16))))::USMALLINT END AS wait_days FROM tests)
SELECT CASE WHEN u(i, 20) >= if(referred, 0.05, 0.09) * (1.35 - 0.04 * a + if(r = 0, 0.3, 0)) THEN ethnicity END AS ethnicity,
    age_band, age, sex, d::UTINYINT AS deprivation, region, provider, (2020 + later)::USMALLINT AS year, distance_km, days,
    referred::UTINYINT AS referred, offered::UTINYINT AS offered, tested::UTINYINT AS tested,
    diagnosed::UTINYINT AS diagnosed, wait_days,
    if(tested, 1 + (u(i, 18) < 0.25 * expit(0.5 * by_age))::INT + (u(i, 19) < 0.06)::INT, 0)::UTINYINT AS tests
FROM results
"""


def write(rows: int, path: Path) -> None:
    """Write so many residents as Parquet."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2; SET preserve_insertion_order = false; SET memory_limit = '4GB'")
    connection.execute(f"SET temp_directory = '{path.parent}'")
    for name, frame in tables().items():
        connection.register("frame", frame)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        connection.unregister("frame")
    connection.execute("CREATE MACRO u(i, k) AS ((hash(i * 64 + k) >> 11)::DOUBLE / 9007199254740992.0)")
    connection.execute("CREATE MACRO expit(x) AS 1 / (1 + exp(-(x)))")
    connection.execute("CREATE MACRO z(i, k) AS sqrt(-2 * ln(1e-12 + u(i, k))) * cos(6.283185307179586 * u(i, k + 1))")
    connection.execute(f"COPY ({QUERY.format(rows=rows)}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 500000)")


if __name__ == "__main__":
    write(int(float(sys.argv[1])), Path(sys.argv[2]))
