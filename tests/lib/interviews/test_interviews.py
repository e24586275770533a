import pandas as pd
import pytest
from genequity.coding.merge import merge
from genequity.coding.synthetic import Passage, as_project
from genequity.errors import InputError
from genequity.groups import Scheme
from genequity.interviews import cases, identifiers, participants, quotes
from hypothesis import given
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
    stayed = cases.without_withdrawn(coded, analysed)
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
    table = cases.prevalence(matrix).set_index(["theme", "role"])
    assert table.loc[("trust", "patient"), ["participants", "of", "segments"]].tolist() == [2, 2, 3]
    assert table.loc[("travel", cases.ALL), "share"] == 0
    by_group = cases.by_group(matrix).set_index(["theme", "group"])["participants"]
    assert by_group["trust"].to_dict() == {"Asian": 1, "White": 1, "Not given": 0, cases.ALL: 2}


def test_without_a_table_sources_are_the_cases():
    coded = merged()
    analysed = cases.frame(list(coded.sources["source"]), None)
    matrix = cases.framework(analysed, with_theme(coded.segments), ["trust"])
    assert set(cases.prevalence(matrix)["role"]) == {cases.ALL_SOURCES}
    register = quotes.register(analysed, with_theme(coded.segments), {"least": 1, "most": 99})
    assert set(register["status"]) == {"no record of consent"}


def test_only_consented_words_may_be_quoted(tmp_path):
    coded = merged()
    analysed = cases.frame(list(coded.sources["source"]), people(tmp_path))
    lead = with_theme(coded.segments[coded.segments["project"] == 1])
    register = quotes.register(analysed, lead, {"least": 4, "most": 60})
    assert register.set_index("case")["status"].to_dict() == {
        "P1": quotes.MAY,
        "P2": "consent to analysis only",
        "P3": "no record of consent",
    }
    chosen = quotes.choose(register[register["status"] == quotes.MAY], [], 2, "{role}, interview")
    # One quotation of each participant and theme, though P1 has two segments.
    assert chosen[["quote", "theme", "attribution", "text"]].values.tolist() == [
        ["Q001", "trust", "Patient, interview", "Words of the first, long enough."]
    ]
    counted = quotes.counts(register, list(chosen["segment"])).set_index(["theme", "status"])
    assert counted.loc[("All themes", quotes.MAY), ["segments", "released"]].tolist() == [2, 1]
    short = quotes.register(analysed, lead, {"least": 6, "most": 60})
    assert quotes.TOO_SHORT not in set(short["status"])
    assert quotes.TOO_LONG in set(quotes.register(analysed, lead, {"least": 1, "most": 3})["status"])


IDENTIFIERS = {
    "a National Insurance number": ["AB 12 34 56 C", "ab123456c"],
    "a postcode": ["ZZ99 3VZ", "zz993vz"],
    "a telephone number": ["01632 960123", "+44 1632 960 123", "07700 900 123"],
    "an e-mail address": ["someone@example.org"],
}


def valid_nhs(stem):
    check = 11 - sum(int(d) * w for d, w in zip(stem, range(10, 1, -1))) % 11
    return None if check == 10 else f"{stem}{check % 11}"


@pytest.mark.parametrize("kind", list(IDENTIFIERS))
def test_planted_identifiers_are_found(kind):
    for value in IDENTIFIERS[kind]:
        assert kind in {found[0] for found in identifiers.find(f"the note says {value}, and goes on")}, value


@given(st.integers(min_value=0, max_value=999_999))
def test_nhs_numbers_are_found_by_their_check_digit(number):
    stem = f"999{number:06d}"
    value = valid_nhs(stem)
    if value is None:
        return
    for shown in (value, f"{value[:3]} {value[3:6]} {value[6:]}", f"{value[:3]}-{value[3:6]}-{value[6:]}"):
        assert "an NHS number" in {found[0] for found in identifiers.find(f"number {shown}.")}
    wrong = f"{stem}{(int(value[-1]) + 1) % 10}"
    assert "an NHS number" not in {found[0] for found in identifiers.find(f"number {wrong}.")}


def test_plain_words_and_numbers_are_no_identifiers():
    text = "Placeholder passage 214: in 2019 the participant waited 12 weeks, 3 days and 40 minutes for letter A1."
    assert identifiers.find(text) == []


def test_the_gate_names_the_place_and_not_the_identifier():
    rows = pd.DataFrame([{"project": 1, "source_number": 7, "start": 100, "text": "write to ZZ99 3VZ now"}])
    (only,) = identifiers.problems(rows, {1: "a.qdpx"})
    assert str(only) == (
        "a.qdpx (source number 7, characters 109 to 117): a quotation holds what looks like a postcode; nothing was released.\n"
        "    What to do: replace it by a bracketed note such as [number] in the transcript, or leave the segment unquoted."
    )
    assert "ZZ99" not in str(only)


def test_reconciling_with_the_program_s_own_count():
    stated = pd.DataFrame({"code": ["X", "Y"], "codings": [2, 3]})
    segments = pd.DataFrame({"code": ["X", "X", "Y"]})
    assert cases.reconcile(stated, segments).values.tolist() == [["Y", 3, 1, 2], ["All codes", 5, 3, 2]]
    assert cases.reconcile(None, segments).empty
