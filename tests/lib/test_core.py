"""Order of groups, how numbers are said, findings that resolve, seeds, atomic files, and the runner of steps."""

from types import SimpleNamespace

import pandas as pd
import pytest
from genequity import files, findings, groups, numbers, reference, seeds, step
from genequity.config import ROOT
from genequity.errors import InputError, Problem


def test_groups_stand_alphabetically_with_other_and_unknown_last():
    labels = ["White", "Not known", "Other", "Asian", "All groups", "Not stated", "Other Asian", "Black"]
    assert groups.ordered(labels) == [
        *("Asian", "Black", "Other Asian", "White", "Other", "Not stated", "Not known", "All groups")
    ]


def scheme(tmp_path, text):
    path = tmp_path / "scheme.csv"
    path.write_text(text)
    return groups.Scheme.read(path)


def test_a_scheme_maps_codes_and_keeps_declined_apart_from_unknown(tmp_path):
    codes = scheme(
        tmp_path, "code,label,kind,five\nA,White British,valid,White\nZ,Z,declined,Not stated\n99,?,unknown,Not known\n"
    )
    assert codes.to_group(pd.Series(["A", "Z", "99", "Q"]), "five").fillna("?").tolist() == [
        *("White", "Not stated", "Not known", "?")
    ]
    assert codes.kind(pd.Series(["Z", "99"])).tolist() == ["declined", "unknown"]
    with pytest.raises(InputError, match="Did you mean 'five'"):
        codes.groups("fiv")


def test_a_scheme_with_a_repeated_code_names_the_row(tmp_path):
    with pytest.raises(InputError, match="row 3, column code"):
        scheme(tmp_path, "code,label,kind,five\nA,x,valid,White\nA,y,valid,White\n")


def test_chinese_is_other_in_2001_and_asian_since_2011():
    nhs = groups.Scheme.read(ROOT / "config" / "schemes" / "nhs2001.csv")
    code = pd.Series(["R"])
    assert nhs.to_group(code, "five_2001").tolist() == ["Other"]
    assert nhs.to_group(code, "five_2021").tolist() == ["Asian"]


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "said"),
    [
        (0.1249, "proportion", None, "12%"),
        (0.1249, "proportion", 1, "12.5%"),
        (15 / 24, "proportion", None, "63%"),
        (0.285, "proportion", None, "29%"),
        (1e-7, "proportion", None, "0%"),
        (12345, "people", None, "12,345"),
        (-0.0213, "proportion difference", None, "−2.1 percentage points"),
        (0.876, "odds ratio", None, "0.88"),
        (312.4, "per 100000", None, "312 per 100,000"),
        (None, "people", None, "[withheld]"),
        (-0.0001, "odds ratio", None, "0.00"),
    ],
)
def test_numbers_are_said_one_way(value, unit, decimals, said):
    assert numbers.say(value, unit, decimals) == said


def test_a_number_without_end_and_a_huge_one_are_said():
    assert numbers.say(float("inf"), "odds ratio") == "∞"
    assert numbers.say(float("-inf"), "proportion difference").startswith("−∞")
    assert numbers.say(1e40, "odds ratio").replace(",", "") == "1" + 40 * "0" + ".00"


def test_a_number_is_looked_up_and_an_unknown_key_names_the_nearest(tmp_path):
    row = numbers.number("survey.people", 2412, "people", "survey/flow", "step=answered", "n", "survey_release")
    numbers.write([row], tmp_path / "numbers.csv")
    table = numbers.read(tmp_path / "numbers.csv")
    assert numbers.look_up(table, "survey.people") == "2,412"
    with pytest.raises(KeyError, match=r"survey\.people"):
        numbers.look_up(table, "survey.peple")


def example(**changes):
    columns = {
        "id": "survey.trust.black", "strand": "survey", "theme": "trust", "statement": "S.", "voice": "public",
        "direction": "lower", "certainty": "low", "source_table": "survey/shares", "source_row": "item=trust;group=Black",
    }  # fmt: skip
    return findings.finding(**(columns | changes))


def test_findings_round_trip_and_resolve(tmp_path):
    findings.write([example(estimate=0.25, n=40, headline=True)], tmp_path / "findings.csv")
    back = findings.read(tmp_path / "findings.csv").iloc[0]
    assert (back["estimate"], back["n"], bool(back["headline"])) == (0.25, 40, True)
    table = pd.DataFrame({"item": ["trust", "trust"], "group": ["Asian", "Black"], "share": [0.5, 0.25]})
    assert findings.source(back, table)["share"].tolist() == [0.25]
    assert findings.source({"source_row": "item=other"}, table).empty
    assert findings.source({"source_row": "theme=trust"}, table).empty


@pytest.mark.parametrize("change", [{"direction": "worse"}, {"theme": ""}, {"colour": "red"}])
def test_a_faulty_finding_is_refused(change):
    with pytest.raises(ValueError, match="finding"):
        example(**change)


def test_two_findings_with_one_id_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"survey\.trust\.black"):
        findings.write([example(), example()], tmp_path / "findings.csv")


def test_each_rule_has_its_own_stream():
    assert seeds.generator(1, "a").integers(1 << 30) == seeds.generator(1, "a").integers(1 << 30)
    assert seeds.generator(1, "a").integers(1 << 30) != seeds.generator(1, "b").integers(1 << 30)


def test_a_failed_write_leaves_no_trace(tmp_path):
    path = tmp_path / "x.txt"
    files.write_text(path, "old")
    with pytest.raises(FileNotFoundError), files.writing(path) as part:
        part.with_name("a folder that is not there").joinpath("x").write_text("half")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]


class Named(dict):
    """Snakemake's named lists have ``items``."""


def injected(tmp_path, **items):
    return SimpleNamespace(
        input=Named(data="in.csv", code="lib.py"),
        output=Named(table=str(tmp_path / "out.csv")),
        params=Named(**items),
        wildcards=Named(),
        log=[str(tmp_path / "logs" / "step.log")],
    )


def test_a_step_gets_inputs_outputs_and_params_as_keywords(tmp_path):
    seen = {}

    def main(data, table, *, level):
        seen.update(data=data, table=table, level=level)

    step.run(main, injected(tmp_path, level=0.95))
    assert seen == {"data": "in.csv", "table": str(tmp_path / "out.csv"), "level": 0.95}


def test_a_step_that_stumbles_over_a_name_does_not_repeat_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(step.OPEN_DATA, "0")

    def main(data, table):
        float("Testperson Surname")

    with pytest.raises(SystemExit) as caught:
        step.run(main, injected(tmp_path))
    assert caught.value.code == 1
    log = (tmp_path / "logs" / "step.log").read_text()
    assert "ValueError" in log
    assert "Testperson" not in log
    assert "Testperson" not in capsys.readouterr().err


def test_an_input_error_is_printed_as_it_is(tmp_path, capsys):
    def main(data, table):
        raise InputError(Problem("in.csv", "column 'n' is missing", where="row 1"))

    with pytest.raises(SystemExit):
        step.run(main, injected(tmp_path))
    assert capsys.readouterr().err.strip() == "- in.csv (row 1): column 'n' is missing."


def test_generated_pages_are_up_to_date():
    for path, text in reference.pages().items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path} is stale: run 'make docs'"
