"""The effect table: errors in words, effect sizes, pooling and reasons not to pool, participants."""

import numpy as np
import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.evidence import effects, extraction, figures, pooling, studies, text

HEAD = "study,outcome,group,comparator,measure,ai,n1i,ci,n2i,est,lo,hi\n"


def effect_file(tmp_path, *rows, head=HEAD):
    path = tmp_path / "effects.csv"
    path.write_text(head + "\n".join(rows) + "\n")
    return str(path)


def read(path):
    return extraction.read_effects(path, {}, {})


def test_odds_ratio_from_counts(tmp_path):
    # (10/30)/(20/20): ai=10 bi=30 ci=20 di=20 -> OR 1/3; variance 1/10+1/30+1/20+1/20 = .23333
    row = read(effect_file(tmp_path, "S1,Uptake,Black,White,OR,10,40,20,40,,,")).iloc[0]
    assert row["estimate"] == pytest.approx(1 / 3)
    assert row["vi"] == pytest.approx(7 / 30)
    assert (row["computed_from"], row["zero_cell"], row["n_group"]) == ("counts", False, 40)


def test_reported_interval(tmp_path):
    # log(2) with limits 1 and 4: variance (log 4 / (2 x 1.96))^2
    row = read(effect_file(tmp_path, "S1,Uptake,Black,White,OR,,,,,2,1,4")).iloc[0]
    assert row["yi"] == pytest.approx(np.log(2))
    assert row["vi"] == pytest.approx((np.log(4) / (2 * 1.959964)) ** 2, rel=1e-6)


def test_zero_cell_is_marked(tmp_path):
    assert read(effect_file(tmp_path, "S1,Uptake,Black,White,OR,0,40,20,40,,,")).iloc[0]["zero_cell"]


def test_more_events_than_people(tmp_path):
    with pytest.raises(InputError) as error:
        read(
            effect_file(tmp_path, "S1,Uptake,Black,White,OR,10,40,20,40,,,", "S2,Uptake,Black,White,OR,41,40,20,40,,,")
        )
    assert str(error.value).split("effects.csv", 1)[1].split("\n- ")[0] == (
        " (row 3, column ai): more events than people.\n    Expected: at most the number in column n1i."
    )


def test_all_problems_of_the_table_are_listed(tmp_path):
    path = effect_file(
        tmp_path,
        "S1,Uptake,Black,White,ODDS,1,4,2,4,,,",
        "S2,Uptake,Black,White,OR,ten,40,20,40,,,",
        "S3,Uptake,Black,White,OR,,,,,2,3,4",
        "S4,Uptake,Black,White,OR,,,,,,,",
    )
    with pytest.raises(InputError) as error:
        read(path)
    found = {p.where: p.message for p in error.value.problems}
    assert "ten" not in str(error.value)
    assert found["row 2, column measure"].startswith("this is not a known measure")
    assert found["row 3, column ai"] == "this is not a number"
    assert found["row 4, column est"] == "the estimate is outside its interval"
    assert found["row 5"] == "the numbers do not suffice for this measure (odds ratio)"


def test_columns_are_mapped_and_joined(tmp_path):
    path = effect_file(tmp_path, "X,1948,4,119,11,128", head="author,year,tpos,tneg,cpos,cneg\n")
    columns = {"study": ["author", "year"], "ai": "tpos", "bi": "tneg", "ci": "cpos", "di": "cneg"}
    constants = {"outcome": "O", "group": "G", "comparator": "C", "measure": "RR"}
    row = extraction.read_effects(path, columns, constants).iloc[0]
    assert row["study"] == "X 1948"
    assert row["yi"] == pytest.approx(-0.8893113339202)  # metafor, dat.bcg, first trial


CHOICE = {"method": "REML", "test": "knha", "level": 0.95, "fewest": 2}


def test_one_study_is_not_pooled(tmp_path):
    row = pooling.pooled(read(effect_file(tmp_path, "S1,Uptake,Black,White,OR,10,40,20,40,,,")), **CHOICE).iloc[0]
    assert (row["status"], row["reason"], row["k"]) == ("not pooled", "1 study only; at least 2 are needed", 1)
    assert pd.isna(row["estimate"])


def test_different_measures_are_not_pooled(tmp_path):
    path = effect_file(tmp_path, "S1,Uptake,Black,White,OR,10,40,20,40,,,", "S2,Uptake,Black,White,RR,10,40,20,40,,,")
    row = pooling.pooled(read(path), **CHOICE).iloc[0]
    assert (row["measure"], row["status"]) == ("mixed", "not pooled")
    assert row["reason"] == "the studies use measures that cannot be combined: odds ratio and risk ratio"


def test_two_estimates_of_one_study_are_not_pooled(tmp_path):
    rows = [f"{s},Uptake,Black,White,OR,{a},40,20,40,,," for s, a in (("S1", 10), ("S1", 12), ("S2", 9))]
    assert "not independent" in pooling.pooled(read(effect_file(tmp_path, *rows)), **CHOICE).iloc[0]["reason"]


def test_equal_studies_pool_to_themselves(tmp_path):
    # three equal tables: estimate 1/3, no variation between studies, weights of one third
    rows = [f"S{i},Uptake,Black,White,OR,10,40,20,40,,," for i in range(3)]
    single = read(effect_file(tmp_path, *rows))
    table = pooling.pooled(single, **CHOICE)
    assert table.iloc[0]["estimate"] == pytest.approx(1 / 3)
    assert table.iloc[0]["tau2"] == pytest.approx(0)
    assert pooling.weights(single, table, method="REML").tolist() == pytest.approx([100 / 3] * 3)
    assert table.iloc[0]["egger_note"] == "not done with fewer than 10 studies"


def test_zero_cells_count_as_in_metafor():
    # half added to all four cells where one is zero: (0.5/40.5)/(20.5/20.5)
    y, v = effects.from_table("OR", [0], [40], [20], [20])
    assert y[0] == pytest.approx(np.log(0.5 / 40.5))
    assert v[0] == pytest.approx(1 / 0.5 + 1 / 40.5 + 2 / 20.5)


def test_representation_ratio():
    # 10 of 100 participants, 20 of 100 of the population: ratio .5; Wilson interval of .10 (n = 100) is .0552 to .1744
    people = pd.DataFrame({"study": ["S1", "S1"], "group": ["Black", "White"], "n": [10, 90]})
    population = pd.DataFrame({"group": ["Black", "White"], "n": [20, 80], "source": "Census 2021"})
    row = studies.representation(people, population).iloc[0]
    assert (row["group"], row["participants"], row["ratio"]) == ("Black", 10, 0.5)
    assert row["ratio_low"] == pytest.approx(0.0552 / 0.2, abs=5e-4)
    assert row["ratio_high"] == pytest.approx(0.1744 / 0.2, abs=5e-4)


def test_focus_joins_policy_and_studies():
    themes = pd.DataFrame({"theme": ["trust", "travel"], "label": ["Trust", "Travel"]})
    studied = pd.DataFrame({"themes": ["trust", "trust; access", None]})
    asked = pd.DataFrame({"theme": ["travel"], "priority": ["high"], "documents": [3], "segments": [5]})
    table = studies.focus(themes, studied, {"trust": 4}, asked).set_index("theme")
    assert table.loc["trust", ["studies", "effects"]].tolist() == [2, 4]
    assert table.loc["travel", ["priority", "studies"]].tolist() == ["high", 0]
    assert studies.focus(themes, studied, {}, None)["priority"].isna().all()


def test_a_table_without_rows_says_why():
    class Empty:
        def table(self, name):
            return pd.DataFrame(columns=["study", "year"])

    assert text.studies(Empty()).attrs["absent"] == "No study has been included."


def test_a_proportion_is_pooled_and_drawn_without_a_line_of_no_difference(tmp_path):
    head = "study,outcome,group,comparator,measure,xi,ni\n"
    rows = [f"S{i},Uptake,Black,none,PLO,{x},40" for i, x in enumerate((10, 14, 20))]
    single = read(effect_file(tmp_path, *rows, head=head))
    table = pooling.pooled(single, **CHOICE)
    assert 0.25 < table.iloc[0]["estimate"] < 0.5
    drawn = single.assign(place=1, weight=pooling.weights(single, table, method="REML"))
    axes = figures.forests(drawn, table).axes[0]
    assert {line.get_linestyle() for line in axes.lines if len(line.get_xdata()) > 1} == {"-"}
