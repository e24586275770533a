"""The findings register: every finding is checked and traced to exactly one released row."""

import pandas as pd
import pytest
from genequity import findings as contract
from genequity.errors import InputError
from genequity.synthesis import register


def finding(identifier="survey.trust.black", **changes):
    columns = {
        "id": identifier,
        "strand": "survey",
        "theme": "trust",
        "statement": "Fewer people in the Black group agree than in the White group.",
        "voice": "public",
        "direction": "lower",
        "certainty": "not graded",
        "source_table": "survey/shares",
        "source_row": "item=trust;group=Black",
    }
    return dict.fromkeys(contract.COLUMNS) | columns | {"headline": False} | changes


SHARES = pd.DataFrame(
    {"item": ["trust", "trust"], "group": ["Asian", "Black"], "_file": "release/survey/shares.csv", "_line": [2, 3]}
)


def gather(*rows, tables=None):
    frame = pd.DataFrame(list(rows), columns=contract.COLUMNS)
    return register.gather(frame, tables or {"survey/shares": SHARES}, ["trust", "travel"], ["survey"])


def test_a_finding_is_traced_to_its_file_and_line():
    found = gather(finding())
    assert found.loc[0, "source_file"] == "release/survey/shares.csv"
    assert found.loc[0, "source_line"] == 3


def test_a_finding_whose_row_is_gone_is_named_with_table_and_row():
    with pytest.raises(InputError) as error:
        gather(finding(), tables={"survey/shares": SHARES.iloc[:1]})
    assert str(error.value) == (
        "- findings of survey (column source_row): finding survey.trust.black rests on row "
        "item=trust;group=Black of table survey/shares, which is not there.\n"
        "    Expected: a released row, or several.\n"
        "    What to do: build the strand again, or remove the finding."
    )


def test_a_finding_may_sum_up_several_rows():
    found = gather(finding(source_row="item=trust")).iloc[0]
    assert (found["source_line"], found["source_rows"]) == (2, 2)


def test_a_finding_on_a_table_that_was_not_released_is_refused():
    with pytest.raises(InputError, match="rests on table survey/people, which is not among the released tables"):
        gather(finding(source_table="survey/people"))


def test_all_problems_come_at_once():
    with pytest.raises(InputError) as error:
        gather(
            finding(),
            finding(),
            finding("a", theme="truts"),
            finding("b", direction="up"),
            finding("c", voice="all"),
            finding("d", strand="service"),
        )
    text = str(error.value)
    assert len(error.value.problems) == 5
    assert "finding survey.trust.black stands more than once" in text
    assert "finding a has an unknown theme. Did you mean 'trust'?" in text
    for column in ("direction", "voice", "strand"):
        assert f"has an unknown {column}" in text


def test_released_tables_are_read_with_their_lines(tmp_path):
    folder = tmp_path / "release" / "survey"
    folder.mkdir(parents=True)
    (folder / "shares.synthetic.csv").write_text("item,group,n\ntrust,Asian,10\ntrust,Black,\n")
    found = register.read_tables([str(folder / "shares.synthetic.csv")])
    assert list(found) == ["survey/shares"]
    assert found["survey/shares"]["_line"].tolist() == [2, 3]
    assert set(found["survey/shares"]["_file"]) == {"release/survey/shares.synthetic.csv"}
    assert found["survey/shares"]["n"].tolist() == ["10", ""]


def test_a_study_without_findings_has_an_empty_register():
    assert gather().empty
