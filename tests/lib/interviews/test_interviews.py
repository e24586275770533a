import itertools
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from genequity.coding.merge import merge
from genequity.coding.synthetic import Passage, as_project
from genequity.errors import InputError
from genequity.groups import Scheme
from genequity.interviews import bands, cases, figures, findings, participants, quotes
from genequity.release import profile
from hypothesis import given, settings
from hypothesis import strategies as st

SCHEME = Scheme(
    "scheme.csv",
    pd.DataFrame(
        {
            "code": ["A", "H", "Z"],
            "label": ["W", "I", "N"],
            "kind": ["valid", "valid", "declined"],
            "five": ["White", "Asian", "Not stated"],
        }
    ),
)
HEADER = ",".join(participants.COLUMNS) + "\n"
ROWS = (
    "P1,patient,own words,H,North,English,no,quotation,no\n"
    "P2,patient,,A,North,English,no,analysis,no\n"
    "P3,public,,,,,,,no\n"
    "P4,patient,,H,North,English,yes,quotation,yes\n"
)


def people(tmp_path, rows=ROWS):
    path = tmp_path / "participants.csv"
    path.write_text(HEADER + rows)
    return participants.read(str(path), SCHEME, "five")


def merged():
    held = {
        "P1": [Passage("Words of the first, long enough.", "Trust"), Passage("More words of the first one.", "Trust")],
        "P2": [Passage("Words of the second, long enough.", "Trust")],
        "P3": [Passage("Words of the third, long enough.", "Access")],
        "P4": [Passage("SECRETWORDS of the fourth, long enough.", "Trust")],
    }
    return merge(
        [as_project(held, "Ann", ["Trust", "Access"], "a"), as_project(held, "Ben", ["Trust", "Access"], "b")],
        ["a.qdpx", "b.qdpx"],
    )


def with_theme(segments):
    return segments.assign(theme=segments["code"].str.lower())


def test_participants_are_read_with_their_group(tmp_path):
    table = people(tmp_path).set_index("participant")
    assert table["group"].to_dict() == {"P1": "Asian", "P2": "White", "P3": "Not given", "P4": "Asian"}
    assert table["consent"].to_dict() == {"P1": "quotation", "P2": "analysis", "P3": "no record", "P4": "quotation"}
    assert table["withdrawn"].tolist() == [False, False, False, True]


def test_problems_of_participants_show_shapes_only(tmp_path):
    bad = "P1,doctor,,QQ,North,English,no,maybe,no\nP2,patient,,A,North,English,no,quotation,perhaps\n"
    with pytest.raises(InputError) as caught:
        people(tmp_path, bad)
    assert [problem.where for problem in caught.value.problems] == [
        "row 2, column role",
        "row 2, column consent",
        "row 3, column withdrawn",
        "row 2, column ethnic_code",
    ]
    assert "doctor" not in str(caught.value)
    assert "'xxxxxx' is not known" in str(caught.value)


def test_golden_message_of_an_unknown_participant(tmp_path):
    (only,) = participants.source_problems(people(tmp_path), ["P1", "Jane Doe"], "participants.csv")
    assert str(only) == (
        "participants.csv (column participant): the coded source number 1 (shape Xxxx Xxx) belongs to no participant.\n"
        "    Expected: a row for every transcript, named as the source is in the coded project.\n"
        "    What to do: add the row, or rename the source; a withdrawn participant keeps a row with withdrawn = yes."
    )


def test_missing_column_is_named(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("participant,role\nP1,patient\n")
    with pytest.raises(InputError, match="column 'consent' is missing"):
        participants.read(str(path), SCHEME, "five")


def test_withdrawn_participants_go_no_further(tmp_path):
    table, coded = people(tmp_path), merged()
    analysed = cases.frame(list(coded.sources["source"]), table)
    stayed = cases.without_withdrawn(coded, table)
    assert analysed["case"].tolist() == ["P1", "P2", "P3"]
    assert "SECRETWORDS" not in stayed.segments.to_csv() + stayed.sources.to_csv()
    assert cases.flow(table, list(coded.sources["source"]))["number"].tolist() == [4, 1, 0, 3]


def test_prevalence_counts_people_not_segments(tmp_path):
    coded = merged()
    analysed = cases.frame(list(coded.sources["source"]), people(tmp_path))
    lead = with_theme(coded.segments[coded.segments["project"] == 1])
    matrix = cases.framework(analysed, lead, ["trust", "access", "travel"])
    assert matrix.set_index(["case", "theme"]).loc[("P1", "travel"), "segment_ids"] == "not raised"
    assert len(matrix.set_index(["case", "theme"]).loc[("P1", "trust"), "segment_ids"].split()) == 2
    table = cases.prevalence(matrix, profile("none")).set_index(["theme", "role"])
    assert table.loc[("trust", "patient"), ["raised", "participants"]].tolist() == [
        "some",
        2,
    ]  # two people, three segments
    assert table.loc[("travel", cases.ALL), ["raised", "participants"]].tolist() == ["none", 0]
    by_group = cases.by_group(matrix, profile("none")).set_index(["theme", "group"])["participants"]
    assert by_group["trust"].to_dict() == {"Asian": 1, "White": 1, "Not given": 0}
    more = cases.by_characteristic(matrix, analysed, cases.prevalence(matrix, profile("none")), profile("none"))
    more = more.set_index(["theme", "characteristic", "level"])["participants"].sort_index()
    # P1 and P2 had no interpreter and raise the theme; of P3 it is not known.
    assert more["trust", "Interpreter present"].to_dict() == {"Not given": 0, "no": 2}
    assert more["trust", "Setting"].to_dict() == {"interview": 2}


def test_without_a_table_sources_are_the_cases():
    coded = merged()
    analysed = cases.frame(list(coded.sources["source"]), None)
    matrix = cases.framework(analysed, with_theme(coded.segments), ["trust"])
    assert set(cases.prevalence(matrix, profile("nhse"))["role"]) == {cases.ALL_SOURCES}
    register = quotes.register(analysed, with_theme(coded.segments), {"least_words": 1, "most_words": 99})
    assert set(register["status"]) == {"no record of consent"}


def test_only_consented_words_may_be_quoted(tmp_path):
    coded = merged()
    analysed = cases.frame(list(coded.sources["source"]), people(tmp_path))
    lead = with_theme(coded.segments[coded.segments["project"] == 1])
    register = quotes.register(analysed, lead, {"least_words": 4, "most_words": 60})
    assert register.set_index("case")["status"].to_dict() == {
        "P1": quotes.MAY,
        "P2": "consent to analysis only",
        "P3": "no record of consent",
    }
    chosen = quotes.choose(register[register["status"] == quotes.MAY], [], 2)
    # One quotation of each participant and theme, though P1 has two segments.
    assert chosen[["case", "theme", "role", "text"]].values.tolist() == [
        ["P1", "trust", "patient", "Words of the first, long enough."]
    ]
    counted = quotes.counts(register, chosen).set_index(["theme", "status"])
    assert counted.loc[("All themes", quotes.MAY), ["segments", "released"]].tolist() == [2, 1]
    short = quotes.register(analysed, lead, {"least_words": 6, "most_words": 60})
    assert quotes.TOO_SHORT not in set(short["status"])
    assert quotes.TOO_LONG in set(quotes.register(analysed, lead, {"least_words": 1, "most_words": 3})["status"])


def quotable(**by_theme):
    rows = [
        {
            "segment": f"{theme}{case}",
            "case": case,
            "theme": theme,
            "role": "patient",
            "start": 0,
            "text": f"{theme} {case}",
        }
        for theme, names in by_theme.items()
        for case in names
    ]
    return pd.DataFrame(rows)


def test_people_who_are_quoted_already_come_last():
    pool = quotable(access=["P1", "P2"], trust=["P1", "P2"], travel=["P1", "P2", "P3"])
    chosen = quotes.choose(pool, [], 1).set_index("theme")["case"].to_dict()
    assert chosen == {
        "access": "P1",
        "travel": "P2",
        "trust": "P1",
    }  # by theme; P1 and P2 are even when trust is reached
    assert set(quotes.choose(pool, [], 3).query("theme == 'travel'")["case"]) == {"P1", "P2", "P3"}


def test_ids_of_quotations_follow_the_theme_and_say_nothing_of_the_participants_order():
    names = [f"P{number:02d}" for number in range(1, 21)]
    chosen = quotes.choose(quotable(access=names, trust=names), [], 20)
    given = quotes.numbered(chosen, np.random.default_rng(5))
    assert given["quote"].tolist() == [f"Q{number:03d}" for number in range(1, 41)]
    assert given["theme"].tolist() == ["access"] * 20 + ["trust"] * 20
    by_theme = [part["case"].tolist() for _, part in given.groupby("theme")]
    assert by_theme[0] != names
    assert by_theme[1] != names
    # Nor does the same place in two themes mean the same person: of 20 people, one in place on average.
    assert sum(a == b for a, b in zip(*by_theme, strict=True)) < 6
    again = quotes.numbered(chosen, np.random.default_rng(5))
    pd.testing.assert_frame_equal(given, again)


def test_an_attribution_keeps_capitals_and_falls_back_to_participant():
    people = pd.DataFrame([["P1", "public", "Region A"]], columns=["case", "role", "region"])
    chosen = quotable(trust=["P1"])

    def said(population, least):
        found = quotes.attributed(chosen, people, ["role", "region"], population, least, "{who}, interview")
        return found["attribution"].item()

    assert said(None, 8) == "Member of the public, interview"
    declared = pd.DataFrame([["public", "Region A", 8]], columns=["role", "region", "people"])
    assert said(declared, 8) == "Member of the public, Region A, interview"
    assert said(declared, 9) == "Participant, interview"


def matrix(raised):
    """One row a case: (role, group, whether it raises the theme)."""
    rows = [
        {"case": f"P{place}", "role": role, "group": group, "theme": "trust", "segments": int(yes)}
        for place, (role, group, yes) in enumerate(raised)
    ]
    return pd.DataFrame(rows)


def people_of(role, group, raising, of):
    return [(role, group, place < raising) for place in range(of)]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("nhse", {0: "none", 1: "some", 7: "some", 8: "many"}),
        ("acro", {0: "none", 1: "some", 9: "some", 10: "many"}),
        ("gpps", {0: "none or some", 9: "none or some", 10: "many"}),
        ("none", {0: "none", 1: "some", 50: "some"}),
    ],
)
def test_bands_change_at_the_threshold(rule, words):
    assert {count: bands.band(count, profile(rule)) for count in words} == words


def test_the_number_over_all_is_left_out_where_it_narrows_a_withheld_one():
    # 8 of 10 professionals are shown as 10 (8 to 10), patients are withheld (1 to 7), the public is none. A total of 10
    # (8 to 12) would leave the patients 1 to 4.
    training = [
        *people_of("patient", "A", 2, 12),
        *people_of("professional", "A", 8, 10),
        *people_of("public", "A", 0, 8),
    ]
    assert set(cases.prevalence(matrix(training), profile("nhse"))["role"]) == {"patient", "professional", "public"}
    # 3, 3 and 3: a total of 10 leaves each 1 to 7.
    even = [*people_of("patient", "A", 3, 12), *people_of("professional", "A", 3, 10), *people_of("public", "A", 3, 8)]
    table = cases.prevalence(matrix(even), profile("nhse")).set_index("role")
    assert table.loc[cases.ALL, ["raised", "participants"]].tolist() == ["many", 9]
    # Nobody: the roles say so, and so does the total.
    none = cases.prevalence(matrix(people_of("patient", "A", 0, 12)), profile("nhse"))
    assert set(none["raised"]) == {"none"}
    assert cases.ALL in set(none["role"])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=2, max_size=4),
    st.sampled_from(["nhse", "acro"]),
)
def test_no_released_total_narrows_a_role_beyond_the_width(counts, name):
    """Every assignment of numbers that fits what is released is tried: each withheld role keeps its width."""
    rule = profile(name)
    roles = {f"role {place}": (min(raised, of), of) for place, (raised, of) in enumerate(counts) if of}
    if len(roles) < 2:
        return
    total = (sum(raised for raised, _ in roles.values()), sum(of for _, of in roles.values()))
    if not bands.total_may_stand(total, roles, rule, sizes_known=True):
        return
    low, high = bands.interval(total, rule)
    ranges = [range(*(lambda ends: (ends[0], ends[1] + 1))(bands.interval(count, rule))) for count in roles.values()]
    fits = [cells for cells in itertools.product(*ranges) if low <= sum(cells) <= high]
    assert fits
    for place, count in enumerate(roles.values()):
        if bands.hidden(count[0], rule):
            seen = {cells[place] for cells in fits}
            alone = bands.interval(count, rule)
            assert max(seen) - min(seen) >= min(rule.width, alone[1] - alone[0])


def test_of_a_small_group_nothing_is_said():
    raised = [*people_of("patient", "Asian", 0, 9), *people_of("patient", "Other", 0, 3)]
    table = cases.by_group(matrix(raised), profile("nhse")).set_index("group")
    assert table["raised"].to_dict() == {"Asian": "none", "Other": bands.TOO_FEW}
    assert pd.isna(table.loc["Other", "participants"])


def released(raised, count, of=10):
    prevalence = pd.DataFrame(
        [["trust", "Trust", "patient", raised, count]], columns=["theme", "label", "role", "raised", "participants"]
    )
    people = pd.DataFrame([["Role", "patient", of]], columns=["characteristic", "level", "participants"])
    held = {
        "prevalence": prevalence.astype({"participants": "Int64"}),
        "participants": people.astype({"participants": "Int64"}),
    }
    (only,) = findings.findings(held, {"trust": "Trust"})
    return only


def test_findings_say_the_band_and_keep_the_zero_of_a_theme_looked_for_in_vain():
    none = released("none", 0)
    assert (none["statement"], none["estimate"], none["direction"]) == (
        "None of the 10 patients interviewed raised the theme “Trust”.",
        0,
        "described",
    )
    some = released("some", None)
    assert some["statement"] == (
        "Some of the 10 patients interviewed raised the theme “Trust”; the number is small and withheld."
    )
    assert (some["estimate"], some["direction"], some["id"]) == (None, "described", "interviews.trust.patient")
    # 8 of 10 is rounded to 10: "10 of 10" would mislead.
    assert released("many", 10)["statement"] == "Many of the 10 patients interviewed raised the theme “Trust”."
    assert released("many", 10, 40)["statement"].endswith("“Trust”: about 10, rounded.")
    assert released("none or some", None)["direction"] == "not_measurable"
    few = released("some", 6)
    assert (few["statement"], few["estimate"], few["unit"]) == (
        "6 of the 10 patients interviewed raised the theme “Trust”.",
        6,
        "participants",
    )
    many = released("some", 18, 30)
    assert (many["statement"], many["estimate"], many["unit"]) == (
        "18 of the 30 patients interviewed raised the theme “Trust” (60%).",
        0.6,
        "proportion",
    )


def test_the_figure_draws_bands_and_numbers(tmp_path):
    class Plain:
        study: ClassVar[dict] = {"watermark": "SYNTHETIC"}

    columns = ["theme", "label", "role", "raised", "participants"]
    table = pd.DataFrame(
        [["trust", "Trust", "patient", "many", 10], ["travel", "Travel", "patient", "some", None]], columns=columns
    ).astype({"participants": "Int64"})
    people = pd.DataFrame([["Role", "patient", 12]], columns=["characteristic", "level", "participants"])
    fig = figures.prevalence(table, people, Plain())
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == ["Trust", "Travel"]
    assert "10" in [text.get_text() for text in fig.axes[0].texts]
    alone = table.assign(role=cases.ALL_SOURCES)
    fig = figures.prevalence(alone, people.iloc[:0], Plain())
    assert " some" in [text.get_text() for text in fig.axes[0].texts]


def test_reconciling_with_the_program_s_own_count():
    stated = pd.DataFrame({"code": ["X", "Y"], "codings": [2, 3]})
    segments = pd.DataFrame({"code": ["X", "X", "Y"]})
    assert cases.reconcile(stated, segments).values.tolist() == [["Y", 3, 1, 2], ["All codes", 5, 3, 2]]
    assert cases.reconcile(None, segments).empty
