"""The demonstration's survey: synthetic respondents with planted differences, written as an SPSS file.

A stratified, clustered sample with oversampled ethnic groups is drawn from the population of the margins file,
in which ethnic group, region, age, sex and education are independent. Whether a person answers depends on age
and education; what they answer follows a proportional-odds model per item. Everything planted stands in
``config/demo/truth.yaml``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from genequity import files
from genequity.survey.codebook import Codebook

if TYPE_CHECKING:
    import pandas as pd

BACKGROUND = ("region", "age_band", "sex", "education")
CODES = {"declined": -9, "dont_know": -8, "not_answered": -7, "not_asked": -1}
MISSING_LABELS = {-9: "Declined to answer", -8: "Don't know", -7: "Not answered", -1: "Not asked"}
# SPSS writes the moment of saving into the file; a fixed one keeps two builds the same bytes.
STAMP, STAMP_AT = b"01 Jan 2600:00:00", 92


def respondents(
    truth: dict[str, Any], margins: pd.DataFrame, codebook: Codebook, random: np.random.Generator
) -> pd.DataFrame:
    """Draw the sample, decide who answers, and give their answers as codes.

    Parameters
    ----------
    truth : dict
        Section ``survey`` of the planted truth.
    margins : pandas.DataFrame
        Population counts: ``variable, category, population``.
    codebook : Codebook
        Codes of the background variables.
    random : numpy.random.Generator
        Of this rule.

    Returns
    -------
    pandas.DataFrame
        One row a respondent, one column a variable of the codebook.
    """
    import pandas as pd

    issued = _issued(truth, margins, random)
    response = truth["response"]
    chance = response["intercept"] + _effects(issued, response)
    issued = issued[random.random(len(issued)) < _logistic(chance)].reset_index(drop=True)
    n = len(issued)
    points = issued["sample_point"].to_numpy()
    shift = random.normal(0, truth["point_sd"], points.max() + 1)[points]

    columns: dict[str, Any] = {
        "respondent_id": [f"SR{place:04d}" for place in range(1, n + 1)],
        "stratum": issued["stratum"],
        "sample_point": issued["sample_point"],
        "design_weight": issued["design_weight"],
        "ethnic_code": _ethnic_codes(truth, issued["group"], random),
    }
    for name in BACKGROUND:
        code = {label: float(value) for value, label in codebook.get(name).codes.items()}
        columns[name] = issued[name].map(code)
    declined = random.random(n) < truth["education_declined"]
    columns["education"] = columns["education"].mask(declined, float(CODES["declined"]))
    for item in codebook.items:
        planted = truth["items"][item.variable]
        latent = _effects(issued, planted) + shift + random.logistic(size=n)
        answer = 1.0 + (latent[:, None] > np.array(planted["cuts"])[None, :]).sum(axis=1)
        columns[item.variable] = _with_missing(answer, item.variable, truth, random)
    return pd.DataFrame(columns)


def expected_share(truth: dict[str, Any], margins: pd.DataFrame, item: str, group: str) -> float:
    """Return the population share of a group that agrees or strongly agrees, as planted.

    The sampling points' variation is left out: at a standard deviation of 0.15 it moves a share by less than 0.2
    percentage points.
    """
    planted = truth["items"][item]
    shares = {name: _shares(margins, name) for name in ("age_band", "education")}
    total = 0.0
    for age, age_share in shares["age_band"].items():
        for education, education_share in shares["education"].items():
            eta = planted.get("group", {}).get(group, 0.0)
            eta += planted.get("age_band", {}).get(age, 0.0) + planted.get("education", {}).get(education, 0.0)
            total += age_share * education_share * float(_logistic(eta - planted["cuts"][2]))
    return total


def write_sav(frame: pd.DataFrame, codebook: Codebook, path: str) -> None:
    """Write respondents as an SPSS file with labels and user-missing codes, the same bytes each time."""
    import pyreadstat

    labels, ranges = {}, {}
    for variable in codebook.variables:
        if variable.role not in ("item", "background"):
            continue
        own = {float(code): label for code, label in variable.codes.items()}
        if variable.role == "item":
            own |= {float(code): label for code, label in MISSING_LABELS.items()}
            ranges[variable.variable] = [{"lo": -9.0, "hi": -7.0}, -1.0]
        elif variable.missing:
            own[-9.0] = MISSING_LABELS[-9]
            ranges[variable.variable] = [-9.0]
        labels[variable.variable] = own
    with files.writing(path) as part:
        pyreadstat.write_sav(
            frame,
            str(part),
            file_label="SYNTHETIC DATA: demonstration survey",
            column_labels={variable.variable: variable.text for variable in codebook.variables},
            variable_value_labels=labels,
            missing_ranges=ranges,
        )
        content = bytearray(part.read_bytes())
        content[STAMP_AT : STAMP_AT + len(STAMP)] = STAMP
        part.write_bytes(bytes(content))


def _issued(truth: dict[str, Any], margins: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    import pandas as pd

    size, points = truth["issued_per_region"], truth["points_per_region"]
    group_share = _shares(margins, "ethnicity")
    chance = {group: share * truth["oversample"][group] for group, share in group_share.items()}
    scale = sum(chance.values())
    regions = margins.loc[margins["variable"] == "region", ["category", "population"]]
    parts = []
    for stratum, (region, population) in enumerate(regions.itertuples(index=False), start=1):
        group = random.choice(list(chance), size, p=[value / scale for value in chance.values()])
        weight = {name: population / size * group_share[name] / (chance[name] / scale) for name in chance}
        part = {
            "stratum": float(stratum),
            "sample_point": np.repeat(np.arange(points), size // points) + (stratum - 1) * points + 1,
            "group": group,
            "region": region,
            "design_weight": [round(weight[name], 4) for name in group],
        }
        for name in ("age_band", "sex", "education"):
            shares = _shares(margins, name)
            part[name] = random.choice(list(shares), size, p=list(shares.values()))
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def _ethnic_codes(truth: dict[str, Any], group: pd.Series, random: np.random.Generator) -> np.ndarray:
    codes = np.empty(len(group), dtype=object)
    for name, counts in truth["codes"].items():
        inside = (group == name).to_numpy()
        total = sum(counts.values())
        codes[inside] = random.choice(list(counts), inside.sum(), p=[count / total for count in counts.values()])
    draw = random.random(len(group))
    codes[draw < truth["ethnicity_not_stated"]] = "Z"
    codes[draw > 1 - truth["ethnicity_not_known"]] = "99"
    return codes


def _with_missing(answer: np.ndarray, item: str, truth: dict[str, Any], random: np.random.Generator) -> np.ndarray:
    rates, draw = truth["missing"], random.random(len(answer))
    answer = np.where(draw < rates["dont_know"], CODES["dont_know"], answer)
    draw = draw - rates["dont_know"]
    answer = np.where((draw >= 0) & (draw < rates["declined"]), CODES["declined"], answer)
    draw = draw - rates["declined"]
    answer = np.where((draw >= 0) & (draw < rates["blank"]), np.nan, answer)
    if item in truth["half_sample"]:
        answer = np.where(random.random(len(answer)) < 0.5, CODES["not_asked"], answer)
    return answer


def _effects(people: pd.DataFrame, planted: dict[str, Any]) -> np.ndarray:
    total = np.zeros(len(people))
    for name in ("group", "age_band", "education"):
        total += people[name].map(planted.get(name, {})).fillna(0.0).to_numpy(dtype=float)
    return total


def _shares(margins: pd.DataFrame, variable: str) -> dict[str, float]:
    rows = margins[margins["variable"] == variable]
    return dict(zip(rows["category"], rows["population"] / rows["population"].sum(), strict=True))


def _logistic(eta: Any) -> Any:
    return 1 / (1 + np.exp(-np.asarray(eta, dtype=float)))
