"""What the chapter says of gaps, waits, measures and funnels, from released frames."""

import json

import pandas as pd
from genequity.config import ROOT
from genequity.service import rates, text


def gap(group, step, place, part, low, high, **more):
    row = {"region": "All", "group": group, "comparator": "White", "step": step, "place": place, "reason": None}
    return row | {"label": step.title(), "contribution": part, "low": low, "high": high} | more


def test_gaps_name_the_steps_at_which_they_arise_and_say_where_none_is_clear():
    nan = float("nan")
    frame = pd.DataFrame(
        [
            gap("Asian", "accepted", 1, -0.047, -0.057, -0.037), gap("Asian", "tested", 2, -0.008, -0.017, 0.001),
            gap("Asian", "total", 3, -0.055, -0.068, -0.042),
            gap("Mixed", "accepted", 1, 0.004, -0.003, 0.011), gap("Mixed", "tested", 2, 0.0, -0.009, 0.009),
            gap("Mixed", "total", 3, 0.004, -0.007, 0.015),
            gap("Other", "total", 3, nan, nan, nan, reason="no record reached one of the steps"),
            gap("Not known", "total", 3, 0.1, 0.05, 0.15),
        ]
    )  # fmt: skip
    lines = text.gaps(frame, "All").splitlines()
    assert lines == [
        "- Asian compared with White: a lower share came through the whole pathway (−5.5 percentage points; −6.8 to −4.2). "
        "Clear parts arise at: Accepted (−4.7 percentage points; −5.7 to −3.7).",
        "- Mixed compared with White: no clear difference over the whole pathway (0.4 percentage points; −0.7 to 1.5). "
        "No step has a clear part.",
        "- Other compared with White: no gap can be given, because no record reached one of the steps.",
    ]


def test_waits_show_known_groups_and_no_interval_that_is_not_there():
    row = {"outcome": "reported", "label": "Reported", "comparator": "White", "records": 100, "done": 90}
    row |= {
        "within": 0.6,
        "within_low": 0.5,
        "within_high": 0.7,
        "median": 40.0,
        "median_low": 38.0,
        "median_high": None,
    }
    row |= {"difference": None, "difference_low": None, "difference_high": None}
    blank = ["median_high", "difference", "difference_low", "difference_high"]
    groups = ["White", "Asian", "Not known", "All groups"]
    frame = pd.DataFrame([row | {"group": group} for group in groups]).astype(dict.fromkeys(blank, float))
    found = text.waits(frame).set_index("group")
    assert found.index.tolist() == ["Asian", "White"]
    assert found["median_text"].tolist() == ["not given", "not given"]
    assert found.loc["Asian", "within_text"] == "60.0 (50.0 to 70.0)"
    assert found["difference_text"].tolist() == ["not given", "–"]


def test_a_study_without_providers_or_dates_says_so():
    units = pd.DataFrame(columns=["kind", "share", "place", "label", "phi", "low998", "high998", "position"])
    assert text.outside(units).attrs["absent"] == "The extract names no providers."
    assert text.waits(pd.DataFrame(columns=["group"])).attrs["absent"] == "No stage has a date that follows another."


def test_the_chapters_words_about_rates_do_not_judge():
    cells = json.loads((ROOT / "notebooks" / "service.ipynb").read_text(encoding="utf-8"))["cells"]
    ids = [cell["id"] for cell in cells]
    part = cells[ids.index("service-text-9") : ids.index("service-text-13")]
    words = " ".join("".join(cell["source"]) for cell in part)
    assert "need unknown" in words
    assert not rates.JUDGING.search(words)


def test_the_appendix_says_whether_age_is_exact():
    rows = [
        {"model": "crude", "method": "logistic, maximum likelihood", "covariates": None},
        {"model": "full", "method": "logistic, maximum likelihood; age (cubic) exact", "covariates": "age, sex"},
        {"model": "full", "method": None, "covariates": "age, sex"},
    ]
    frame = pd.DataFrame(rows)
    assert text.fitted_by(frame, "full") == "Fitted as: logistic, maximum likelihood; age (cubic) exact."
    assert text.fitted_by(frame, "crude") == "Fitted as: logistic, maximum likelihood."
    banded = frame.assign(method="logistic, maximum likelihood")
    assert text.fitted_by(banded, "full") == "Fitted as: logistic, maximum likelihood. Age is in bands."
