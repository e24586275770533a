"""A tiny survey that several tests share: eight respondents, two strata, one item, written as SPSS file on demand."""

import pandas as pd
import pytest
from genequity.groups import Scheme
from genequity.survey import codebook

CODEBOOK = """\
scales:
  agreement:
    codes: {1: Disagree, 2: Neither, 3: Agree}
    counted: [3]
missing:
  asked: {-9: declined to answer, -8..-7: don't know}
variables:
  - {variable: pid, role: id}
  - {variable: weight, role: base_weight}
  - {variable: eth, role: ethnicity}
  - {variable: sex, role: background, codes: {1: Female, 2: Male}, missing: {-9: declined to answer}}
  - {variable: age, role: background, missing: {999: don't know}}
  - {variable: trust, role: item, text: I trust it., short: Trust, battery: Trust, theme: trust, scale: agreement, missing: asked}
  - {variable: worry, role: item, text: I worry., short: Worry, battery: Trust, theme: trust, scale: agreement, missing: asked, reverse: true}
"""
SCHEME = "code,label,kind,two\nA,Group A,valid,Apple\nB,Group B,valid,Berry\nZ,Not stated,declined,Not stated\n"


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "codebook.yaml"
    path.write_text(CODEBOOK, encoding="utf-8")
    return codebook.read(str(path))


@pytest.fixture
def scheme(tmp_path):
    path = tmp_path / "scheme.csv"
    path.write_text(SCHEME, encoding="utf-8")
    return Scheme.read(path)


@pytest.fixture
def answers():
    return pd.DataFrame(
        {
            "pid": ["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"],
            "weight": [1.0, 1, 2, 2, 1, 1, 2, 2],
            "eth": ["A", "A", "A", "A", "B", "B", "B", "Z"],
            "sex": [1.0, 2, 1, 2, 1, 2, -9, 1],
            "age": [20.0, 30, 40, 50, 999, 35, 45, 55],
            "trust": [3.0, 3, 1, -9, 1, -8, 3, -7.5],
            "worry": [1.0, 2, 3, 3, None, 1, -7, 2],
        }
    )


@pytest.fixture
def sav(tmp_path, answers):
    """Write a frame as SPSS file and return its path; labels and user-missing codes as real files have them."""
    import pyreadstat

    def write(frame=answers, name="answers.sav", labels=None, ranges=None):
        path = tmp_path / name
        pyreadstat.write_sav(
            frame,
            str(path),
            column_labels={"trust": "I trust it."},
            variable_value_labels=labels
            or {"trust": {1.0: "Disagree", 2.0: "Neither", 3.0: "Agree", -9.0: "Declined"}},
            missing_ranges={"trust": [{"lo": -8.0, "hi": -7.0}, -9.0]} if ranges is None else ranges,
        )
        return str(path)

    return write
