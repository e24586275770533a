import itertools

import numpy as np
import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.interviews import (
    bands,
    checklists,
    cooccurrence,
    methods,
    redactions,
    sampling,
    saturation,
    translations,
)
from genequity.release import profile
from hypothesis import given, settings
from hypothesis import strategies as st

# One line of 18 characters and one of 20; B overlaps the first A and not the second, C neither.
TEXT = "x" * 18 + "\n" + "y" * 20
SEGMENTS = pd.DataFrame(
    [
        ("s1", "P1", 0, 10, "A"),
        ("s2", "P1", 5, 15, "B"),
        ("s3", "P1", 20, 30, "C"),
        ("s4", "P1", 0, 4, "A"),
        ("s5", "P2", 0, 5, "A"),
        ("s6", "P2", 0, 5, "C"),
    ],
    columns=["segment", "source", "start", "end", "code"],
).assign(session=lambda rows: rows["source"])
SOURCES = pd.DataFrame({"source": ["P1", "P2"], "text": [TEXT, "abcdefgh"]})


def test_three_codes_by_hand():
    found = cooccurrence.table(SEGMENTS, SOURCES, "code", ["A", "B", "C"]).set_index(["unit", "first", "second"])
    rows = found[["together", "either", "participants"]].apply(tuple, axis=1).to_dict()
    assert rows == {
        # s1 and s2: 1 of 3 A and 1 B. s5 and s6: 1 of 3 A and 2 C.
        ("overlap", "A", "B"): (1, 3, 1),
        ("overlap", "A", "C"): (1, 4, 1),
        # P1 has two lines: A and B in the first, C in the second. P2 has one with A and C.
        ("turn", "A", "B"): (1, 2, 1),
        ("turn", "A", "C"): (1, 3, 1),
        ("person", "A", "B"): (1, 2, 1),
        ("person", "A", "C"): (2, 2, 2),
        ("person", "B", "C"): (1, 2, 1),
    }
    assert (found["coefficient"] == found["together"] / found["either"]).all()


def test_turns_are_speakers_where_a_text_names_them():
    text = "Ann: one\nstill one\nBen: two"
    held = pd.DataFrame(
        [("s1", "P1", 5, 8, "A"), ("s2", "P1", 9, 14, "B"), ("s3", "P1", 24, 27, "C")],
        columns=["segment", "source", "start", "end", "code"],
    ).assign(session="P1")
    found = cooccurrence.table(held, pd.DataFrame({"source": ["P1"], "text": [text]}), "code", ["A", "B", "C"])
    turn = found[found["unit"] == "turn"]
    assert turn[["first", "second"]].values.tolist() == [["A", "B"]]


def test_few_people_hide_a_pair_s_numbers():
    pairs = cooccurrence.table(SEGMENTS, SOURCES, "code", ["A", "B", "C"])
    hidden = cooccurrence.protected(pairs, profile("nhse"))
    assert hidden[["together", "either", "coefficient", "participants"]].isna().all(axis=None)
    assert len(hidden) == len(pairs)
    assert cooccurrence.protected(pairs, profile("none"))["together"].notna().all()


def found_in(*rows):
    return np.array([[letter == "x" for letter in row] for row in rows])


def test_saturation_by_hand():
    # Codes 1-4 in the base; the run of 5 and 6 brings one (25 %), that of 6 and 7 one more, that of 7 and 8 it again,
    # that of 8 and 9 none.
    steps = found_in("x.....", ".x....", "..x...", "...x..", "....x.", "x.....", ".....x", "x.....", "x.....")
    table = saturation.by_rule(steps).set_index("threshold")
    assert table.loc[0.0, ["reached_at", "notation", "base_codes", "run_codes"]].tolist() == [7, "7+2", 4, 0]
    assert table.loc[0.05, "notation"] == "7+2"
    assert saturation.by_rule(steps[:7]).loc[0, "not_reached"].startswith("every run brought more")
    assert saturation.by_rule(steps[:5])["not_reached"].eq("fewer than 6 interviews").all()


def test_a_threshold_of_five_in_a_hundred_is_met_before_none():
    # 20 codes in the base; the fifth interview brings one more: 1 of 20 is 5 %.
    base = np.zeros((8, 21), dtype=bool)
    base[0, :20] = True
    base[4, 20] = True
    table = saturation.by_rule(base).set_index("threshold")["notation"]
    assert table.to_dict() == {0.05: "4+2", 0.0: "5+2"}


def test_the_band_holds_every_order_s_ends_and_the_same_seed_gives_the_same():
    rng = np.random.default_rng(3)
    steps = rng.random((12, 20)) < 0.3
    table = saturation.curve(steps, 0.95, np.random.default_rng(1))
    assert table["codes"].iloc[-1] == table["low"].iloc[-1] == table["high"].iloc[-1] == steps.any(axis=0).sum()
    assert (table["low"] <= table["high"]).all()
    assert table["codes"].is_monotonic_increasing
    pd.testing.assert_frame_equal(table, saturation.curve(steps, 0.95, np.random.default_rng(1)))
    # All orders of three interviews by hand: 1, 2 and 3 codes; after one interview the number is 1, 2 or 3.
    three = found_in("x..", "xx.", "xxx")
    band = saturation.curve(three, 0.99, np.random.default_rng(1))
    orders = [
        [np.logical_or.reduce(three[list(order[:n])]).sum() for n in (1, 2, 3)]
        for order in itertools.permutations(range(3))
    ]
    assert band["low"].tolist() == np.min(orders, axis=0).tolist()
    assert band["high"].tolist() == np.max(orders, axis=0).tolist()


CASES = pd.DataFrame(
    [["P1", "patient", "Asian", "English"], ["P2", "patient", "White", "Urdu"], ["P3", "public", "White", "English"]],
    columns=["case", "role", "group", "language"],
).assign(region="", interpreter="no", setting="interview")


def test_the_frame_is_compared_with_who_was_heard(tmp_path):
    path = tmp_path / "frame.csv"
    path.write_text("role,language,planned\npatient,English,2\npatient,Urdu,1\nprofessional,,3\n")
    frame = sampling.read(str(path))
    table = sampling.achieved(frame, CASES)
    assert table.values.tolist() == [
        ["patient, English", 2, 1, "below the plan"],
        ["patient, Urdu", 1, 1, "met"],
        ["professional, any language", 3, 0, "empty"],
        ["Outside the frame", 0, 1, "met"],
    ]
    path.write_text("role,planned\npatient,two\npatient,3\n")
    with pytest.raises(InputError) as caught:
        sampling.read(str(path))
    assert [problem.where for problem in caught.value.problems] == ["row 2, column planned", "row 3"]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 15), min_size=2, max_size=5), st.sampled_from(["nhse", "acro"]))
def test_no_shown_cell_of_a_frame_narrows_a_withheld_one(counts, name):
    """The number of the role is published: every assignment that fits the shown cells is tried."""
    rule = profile(name)
    languages = [f"L{place}" for place in range(len(counts))]
    people = [["patient", language] for language, count in zip(languages, counts) for _ in range(count)]
    if not people:
        return
    cases = pd.DataFrame(people, columns=["role", "language"])
    frame = pd.DataFrame({"role": "patient", "language": languages, "planned": 1})
    table = sampling.protected(sampling.achieved(frame, cases), frame, cases, rule)
    total = len(cases)
    ranges = []
    for place, count in enumerate(counts):
        if pd.isna(table["achieved"][place]):
            ranges.append((0 if rule.zero == "hide" else 1, total))
        else:
            ranges.append(bands.interval((count, total), rule))
    for place, count in enumerate(counts):
        if not pd.isna(table["achieved"][place]) or not bands.hidden(count, rule):
            continue
        low = max(ranges[place][0], total - sum(high for at, (_, high) in enumerate(ranges) if at != place))
        high = min(rule.hide["to"], total - sum(low for at, (low, _) in enumerate(ranges) if at != place))
        assert (
            high - low >= min(rule.width, rule.hide["to"] - 1, total - 1)
            or table["achieved"].notna().sum() == (table["achieved"] == 0).sum()
        )


def test_several_partitions_side_by_side_narrow_nothing_too_far():
    rule = profile("nhse")
    roles = ({"patient": (9, 12), "public": (9, 12)}, True)  # shown as 8 to 12 each: 16 to 24 in all
    # 14 in English is shown as 13 to 17; with 16 to 24 in all, the other language keeps 1 to 7.
    assert bands.may_stand_beside([roles, ({"English": (14, 18), "Urdu": (4, 8)}, False)], (0, 24), rule)
    # A total of 18 shown exactly would leave the other language 1 to 5.
    assert not bands.may_stand_beside([roles, ({"English": (14, 18), "Urdu": (4, 8)}, False)], (18, 18), rule)


def test_shares_need_thirty_people_and_a_method_that_counts():
    assert methods.share(15, 29, allowed=True) is None
    assert methods.share(15, 30, allowed=True) == 0.5
    assert methods.share(15, 30, allowed=methods.allows({"method": "reflexive"}, "shares")) is None
    assert methods.choices({"method": "reflexive"})["why"].notna().sum() == 3
    assert (
        methods.choices({"method": "framework", "saturation": False}).set_index("choice")["value"]["saturation"] == "no"
    )


def test_every_checklist_item_has_one_row_and_strict_names_the_missing():
    table = checklists.filled(None, {})
    assert table["state"].eq("not reported").all()
    assert table.groupby("standard")["item"].agg(list).to_dict() == {
        "COREQ": list(range(1, 33)),
        "SRQR": list(range(1, 22)),
    }
    with pytest.raises(InputError) as caught:
        checklists.filled({"strict": True, "coreq": {"1": "We did."}}, {})
    assert len(caught.value.problems) == 52
    with pytest.raises(InputError, match="COREQ has no item '40'"):
        checklists.filled({"coreq": {"40": "What?"}}, {})


def test_translations_are_joined_to_the_segments_they_hold(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "source,original,translation,language,translator,back_check\n"
        "P1,Placeholder original one.,Placeholder words one.,Language 1,Translator 1,agreed\n"
    )
    table = translations.read(str(path), ["P1"])
    held = pd.DataFrame(
        {"session": ["P1", "P1", "P2"], "words": ["placeholder  words", "other", "Placeholder words one."]}
    )
    found = translations.joined(held, table)
    assert found["back_check"].tolist() == ["agreed", "", ""]
    assert found["original"].tolist() == ["Placeholder original one.", "", ""]
    path.write_text(path.read_text().replace("agreed", "maybe").replace("\nP1", "\nP9"))
    with pytest.raises(InputError) as caught:
        translations.read(str(path), ["P1"])
    assert [problem.where for problem in caught.value.problems] == ["row 2, column source", "row 2, column back_check"]


def test_redactions_are_counted_in_the_log_and_in_the_text(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        "source,kind,where,by,replaced_by\nP1,name,line 1,TM,[name]\nP1,place,line 2,TM,[town]\nP9,name,,TM,[name]\n"
    )
    log = redactions.read(str(path), ["P1", "P9"])
    sources = pd.DataFrame({"source": ["P1"], "text": ["[00:01] by [name] and [name] of [hospital]"]})
    table = redactions.counted(log, sources).set_index("kind")
    # P9 left the study. Two notes of the name stand in the text, none of the town, one that no entry explains.
    assert table.loc["name"].tolist() == [1, 2]
    assert table.loc["place"].tolist() == [1, 0]
    assert table.loc[redactions.NOT_LOGGED].tolist() == [0, 1]
    assert redactions.counted(log.iloc[:0], sources).empty


def test_the_starter_codebook_is_whole_and_speaks_of_every_theme():
    from genequity.coding import codebook, load
    from genequity.config import ROOT

    for themes in ("config/standards/themes.csv", "config/demo/themes.csv"):
        known = list(load.themes(ROOT / themes)["theme"])
        book = codebook.read(ROOT / "config/starters/interviews_codebook.csv", known)
        assert set(known) - set(book["theme"]) <= {"travel"}  # of the demonstration alone; here it belongs to access
    tops = set(book.loc[book["parent"] == "", "code"])
    assert {"Genomics", "Pharmacogenomics", "AI and risk tools", "Trust", "Language and interpreters"} <= tops
    assert "Recruitment and access" in tops
    below = book[book["parent"] != ""]
    assert (below[["theme", "include", "exclude", "example"]] != "").all(axis=None)
