"""The demonstration's referrals: synthetic records with planted differences, one planted zero and planted defects.

Ethnic totals are the Census 2021 counts for England; regions, age structure, rates and pathway are invented. Groups
below are the five of 2021 by which the truth is written; codes are recorded in the NHS scheme of 2001.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from genequity.demo import service_branches as branches

if TYPE_CHECKING:
    import pandas as pd

REGIONS = "ABCDEFG"
# Census 2021 code -> (group of the truth, NHS 2001 code under which such a person is recorded).
RECORDED = {
    **{1: ("Asian", "K"), 2: ("Asian", "R"), 3: ("Asian", "H"), 4: ("Asian", "J"), 5: ("Asian", "L")},
    **{6: ("Black", "N"), 7: ("Black", "M"), 8: ("Black", "P")},
    **{9: ("Mixed", "F"), 10: ("Mixed", "E"), 11: ("Mixed", "D"), 12: ("Mixed", "G")},
    **{13: ("White", "A"), 14: ("White", "B"), 15: ("White", "C"), 16: ("White", "C"), 17: ("White", "C")},
    **{18: ("Other", "S"), 19: ("Other", "S")},
}
CONFLICTS = ("C", "G", "L", "P", "S")  # what a wrong code tends to be: an "any other" one
UNLISTED = "QQ"  # a code no NHS scheme has
NO_DAY = -9999  # stands for no date
STILL_OPEN = 0.004  # share of tests never reported, whatever the time


def census(truth: dict[str, Any], counts_file: Any) -> pd.DataFrame:
    """Return residents by census code, region, age band and sex; summed over England they are the census counts.

    Parameters
    ----------
    truth : dict
        Section ``service`` of the planted truth.
    counts_file : path
        ``code, residents``.
    """
    import pandas as pd

    counts = pd.read_csv(counts_file, comment="#")
    spec = truth["census"]
    base, band = np.array(spec["age_base"]), np.arange(19)
    frames = []
    for code, residents in counts.itertuples(index=False):
        group = RECORDED[int(code)][0]
        age = base * np.exp(-spec["age_tilt"][group] * band)
        shares = (
            np.array(spec["regions"][group])[:, None, None]
            * (age / age.sum())[None, :, None]
            * np.array([spec["female"], 1 - spec["female"]])[None, None, :]
        )
        cells = _apportioned(shares.ravel() / shares.sum(), int(residents))
        region, age_band, sex = np.unravel_index(np.arange(cells.size), shares.shape)
        frames.append(
            pd.DataFrame(
                {"code": int(code), "region": region, "age_from": age_band * 5, "sex": sex, "residents": cells}
            )
        )
    return pd.concat(frames, ignore_index=True)


def _apportioned(shares: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers in proportion to shares that sum to the total (largest remainders; ties to the first)."""
    exact = shares * total
    whole = np.floor(exact).astype(int)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return whole


def write_denominators(residents: pd.DataFrame, path: str) -> None:
    """Write the denominators as a team would supply them."""
    from genequity import tables

    out = residents.assign(
        region=[REGIONS[i] for i in residents["region"]], sex=np.where(residents["sex"] == 0, "F", "M")
    )
    out = out.rename(columns={"code": "ethnic_group"})
    tables.write(out[["ethnic_group", "age_from", "sex", "region", "residents"]], path)


def write_referrals(
    truth: dict[str, Any],
    residents: pd.DataFrame,
    rng: np.random.Generator,
    path: str,
    period: dict[str, str],
    targets: list[dict[str, Any]],
) -> None:
    """Write the extract (Parquet) in a team's own columns."""
    import duckdb
    from genequity import files

    records = referrals(truth, residents, rng, period, targets)
    categories = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(truth["categories"]))
    connection = duckdb.connect()
    connection.execute("SET threads = 1; SET enable_progress_bar = false")
    connection.register("records", records)
    opening = f"date '{period['from']}'"
    query = f"""
        SELECT printf('R%07d', referral) AS referral_ref, printf('P%07d', person) AS pseudo_id,
               {opening} + day::INTEGER AS referral_date, chr(65 + region::INTEGER) AS gms_region,
               printf('%s%02d', chr(65 + region::INTEGER), provider + 1) AS provider_code,
               age AS age_at_referral,
               CASE sex WHEN 0 THEN 'F' WHEN 1 THEN 'M' ELSE 'U' END AS sex,
               CASE WHEN deprivation > 0 THEN deprivation END AS imd_quintile,
               nullif(code_form, '') AS ethnic_category, nullif(code_hospital, '') AS ethnic_category_hospital,
               CASE WHEN accepted = 1 THEN 'Y' ELSE 'N' END AS accepted,
               CASE WHEN test_day > -9999 THEN {opening} + test_day::INTEGER END AS test_date,
               CASE WHEN test_day > -9999 THEN CASE category {categories} END END AS test_category,
               CASE WHEN report_day > -9999 THEN {opening} + report_day::INTEGER END AS report_date,
               CASE outcome WHEN 0 THEN 'cause not found' WHEN 1 THEN 'cause found' WHEN 2 THEN 'uncertain'
                            WHEN 3 THEN 'failed' END AS outcome,
               CASE research WHEN 0 THEN 'N' WHEN 1 THEN 'Y' WHEN 2 THEN 'Y' END AS research_discussed,
               CASE research WHEN 1 THEN 'declined' WHEN 2 THEN 'agreed' END AS research_choice,
               printf('F%07d', family) AS family_ref, CASE WHEN relative THEN 'relative' ELSE 'proband' END
                   AS family_role
        FROM records ORDER BY place
    """
    with files.writing(path) as part:
        connection.execute(f"COPY ({query}) TO '{str(part).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)")


def referrals(
    truth: dict[str, Any],
    residents: pd.DataFrame,
    rng: np.random.Generator,
    period: dict[str, str],
    targets: list[dict[str, Any]],
) -> pd.DataFrame:
    """Return the referrals as numbers, one row a referral, in the extract's order; relatives follow at the end.

    Dates are days since the first day of the period; -9999 stands for no date. ``targets`` are the days allowed by
    category and version, as :func:`genequity.service.targets.read` returns them.
    """
    from datetime import date

    import pandas as pd

    first, last, taken = (date.fromisoformat(period[key]) for key in ("from", "to", "observed_until"))
    days, until = (last - first).days + 1, (taken - first).days
    size, branches_rng = truth["records"] - truth["defects"]["duplicate"], rng.spawn(1)[0]
    people = _people(truth, residents, rng, round(size * truth["people_per_record"]))
    person = _with_repeats(rng, len(people["code"]), size)
    rows: dict[str, Any] = {key: values[person] for key, values in people.items()} | {"person": person}
    rows["day"] = rng.integers(0, days, size)
    rows["age"] = rows["age_from"] + rng.integers(0, 5, size)
    groups = sorted({group for group, _ in RECORDED.values()})
    group = np.array([groups.index(RECORDED[c][0]) if c in RECORDED else 0 for c in range(20)])[rows["code"]]
    rows["group"] = np.array(groups)[group]
    dated = [
        row | {"from": (date.fromisoformat(row["valid_from"]) - first).days,
               "to": (date.fromisoformat(row["valid_to"]) - first).days if row["valid_to"] else until}
        for row in targets
    ]  # fmt: skip
    _stages(truth, rows, rng, until, dated)
    branches.stages(truth, rows, branches_rng)
    rows["code_form"], rows["code_hospital"] = _recorded(truth["recording"], rows, rng)
    rows["code_nhs"] = np.array(["", *[RECORDED[c][1] for c in range(1, 20)]], dtype=object)[rows["code"]]
    frame = pd.DataFrame(rows).drop(columns=["code", "age_from", "group"])
    order = rng.permutation(size)
    frame = frame.iloc[order].assign(referral=np.arange(1, size + 1), relative=False).reset_index(drop=True)
    kin = branches.relatives(truth["relatives"], frame, branches_rng, until)
    frame = pd.concat([_spoilt(truth["defects"], frame, rng, until), kin], ignore_index=True)
    return frame.assign(place=np.arange(len(frame)))


def _people(truth, residents, rng, size: int) -> dict[str, np.ndarray]:
    """Draw people with a referral: residents times the group's rate, by age, sex and region."""
    group = [RECORDED[code][0] for code in residents["code"]]
    rate = np.array([truth["rate_ratio"].get(g, 1.0) for g in group])
    rate *= np.array(truth["rate_by_age"])[residents["age_from"] // 5] * np.where(
        residents["sex"] == 0, truth["rate_female"], 1
    )
    expected = residents["residents"].to_numpy() * rate
    drawn = rng.multinomial(size, expected / expected.sum())
    people = {name: np.repeat(residents[name].to_numpy(), drawn) for name in ("code", "region", "age_from", "sex")}
    people = {
        name: values[(order := rng.permutation(size)) if name == "code" else order] for name, values in people.items()
    }
    people["provider"] = rng.integers(0, truth["providers_per_region"], size)
    steps = {g: np.cumsum(shares) for g, shares in truth["deprivation"].items()}
    draw, names = (
        rng.random(size),
        np.array([RECORDED[c][0] if c in RECORDED else "" for c in range(20)])[people["code"]],
    )
    people["deprivation"] = np.zeros(size, int)
    for g, edges in steps.items():
        chosen = names == g
        people["deprivation"][chosen] = 1 + np.searchsorted(edges[:-1], draw[chosen])
    people["declines"] = rng.random(size) < truth["recording"]["declined"]
    return people


def _with_repeats(rng, people: int, size: int) -> np.ndarray:
    """Everyone once; the remaining records belong to people drawn at random."""
    return np.concatenate([np.arange(people), rng.integers(0, people, size - people)])


def chance(truth: dict[str, Any], rows: dict[str, np.ndarray], rng: np.random.Generator, stage: str) -> np.ndarray:
    """Return the chance of every referral to reach a stage; each provider's intercept is drawn here."""
    spec, extra = truth["stages"][stage], truth["regional"]
    groups, group = np.unique(rows["group"], return_inverse=True)
    provider = rows["region"] * truth["providers_per_region"] + rows["provider"]
    effect = np.array([spec["group"].get(g, 0.0) for g in groups])[group]
    effect = effect + spec["deprivation"] * (rows["deprivation"] - 3) + spec["female"] * (rows["sex"] == 0)
    effect += rng.normal(0, truth["provider_sd"], len(REGIONS) * truth["providers_per_region"])[provider]
    if extra["stage"] == stage:
        here = (rows["region"] == REGIONS.index(extra["region"])) & (rows["group"] == extra["group"])
        effect += extra["extra"] * here
    return 1 / (1 + np.exp(-(spec["intercept"] + effect)))


def _stages(truth, rows, rng, until: int, targets: list[dict[str, Any]]) -> None:
    """Draw the pathway of every referral, in place."""
    size = len(rows["person"])

    def happens(stage: str) -> np.ndarray:
        likely = chance(truth, rows, rng, stage)
        return rng.random(size) < likely

    none = NO_DAY
    rows["accepted"] = happens("accepted").astype(int)
    tested = happens("tested") & (rows["accepted"] == 1)
    test_day = rows["day"] + rng.integers(7, 100, size)
    rows["test_day"] = np.where(tested & (test_day <= until), test_day, none)
    share = np.cumsum(list(truth["categories"].values()))
    rows["category"] = np.searchsorted(share[:-1], rng.random(size))
    rows["target"] = _allowed(list(truth["categories"]), targets, rows["category"], rows["test_day"])
    fast = happens("in_target")
    wait = np.where(
        fast, np.ceil(rows["target"] * (0.3 + 0.7 * rng.random(size))), rows["target"] + 1 + rng.integers(0, 90, size)
    ).astype(int)
    reported = (rows["test_day"] > none) & (rng.random(size) >= STILL_OPEN) & (rows["test_day"] + wait <= until)
    rows["report_day"] = np.where(reported, rows["test_day"] + wait, none)
    found, unsure = happens("cause_found"), happens("uncertain")
    rows["outcome"] = np.where(reported, np.where(found, 1, np.where(unsure, 2, 0)), -1)


def _allowed(categories: list[str], targets, category, day) -> np.ndarray:
    """Return the days allowed by the version of the directory in force on a day; 1 where there is no test."""
    days = np.ones(len(day), int)
    for row in targets:
        here = (category == categories.index(row["category"])) & (row["from"] <= day) & (day <= row["to"])
        days[here] = row["days"]
    return days


def _recorded(spec, rows, rng) -> tuple[np.ndarray, np.ndarray]:
    """Return the ethnicity codes on the request form and in the hospital's system.

    Wrong codes stand only where the person has a right one as well: on the form in referrals before the last one, and
    in the hospital beside a form with a valid code. One rule can therefore recover the group, and another may fail to.
    """
    size = len(rows["person"])
    nhs = np.array(["", *[RECORDED[c][1] for c in range(1, 20)]], dtype=object)[rows["code"]]
    latest = np.full(rows["person"].max() + 1, -1)
    np.maximum.at(latest, rows["person"], rows["day"])
    earlier = rows["day"] < latest[rows["person"]]

    def source(may_conflict: np.ndarray, not_known: float, conflict: float, blank: float = 0.0) -> np.ndarray:
        out, draw = nhs.copy(), rng.random(size)
        wrong = np.array(CONFLICTS, dtype=object)[rng.integers(0, len(CONFLICTS), size)]
        out = np.where(may_conflict & (draw < blank + not_known + conflict), wrong, out)
        out[draw < blank + not_known] = "99"
        out[draw < blank] = ""
        out[rows["declines"] & (draw >= blank)] = "Z"
        return out

    form = source(earlier, **spec["request_form"])
    return form, source((form == nhs) & ~earlier, **spec["hospital"])


def _spoilt(defects, frame: pd.DataFrame, rng, until: int) -> pd.DataFrame:
    """Plant the defects, each in a record of its own, and repeat some records at the end."""
    import pandas as pd

    tested = np.flatnonzero(frame["test_day"] > -9999)
    late = rng.choice(tested, defects["date"], replace=False)
    others = rng.permutation(np.setdiff1d(np.arange(len(frame)), late))
    frame = frame.copy()
    half = defects["date"] // 2
    frame.loc[late[:half], "test_day"] = frame.loc[late[:half], "day"] - 30  # tested before being referred
    frame.loc[late[:half], "report_day"] = -9999
    frame.loc[late[half:], "report_day"] = until + 400  # reported after the extract was taken
    start = 0
    for defect in ("age", "unlisted_code", "deprivation", "sex"):
        rows = others[start : start + defects[defect]]
        start += defects[defect]
        column, value = {
            "age": ("age", 199),
            "unlisted_code": ("code_form", UNLISTED),
            "deprivation": ("deprivation", 0),
            "sex": ("sex", 2),
        }[defect]
        frame.loc[rows, column] = value
    repeated = frame.iloc[np.sort(others[start : start + defects["duplicate"]])]
    return pd.concat([frame, repeated], ignore_index=True)
