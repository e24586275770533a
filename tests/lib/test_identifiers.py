"""The identifier gate, on identifiers of ranges that belong to nobody (NHS 999…, ZZ99, example.org, 01632 960…)."""

import pandas as pd
import pytest
from genequity import identifiers, release, tables
from genequity.errors import InputError
from genequity.gate import everything
from hypothesis import given
from hypothesis import strategies as st

PLANTED = {
    "a National Insurance number": ["AB 12 34 56 C", "ab123456c", "AB-12-34-56-C"],
    "a postcode": ["ZZ99 3VZ", "zz993vz", "ZZ99\u00a03VZ"],
    "a telephone number": [
        "01632 960123",
        "+44 1632 960 123",
        "07700 900 123",
        "(01632) 960 123",
        "+44 (0)1632 960123",
    ],
    "an e-mail address": ["someone@example.org", "first.last@mail.example.org"],
    "a date of birth": ["born on 4 May 1961", "DOB 04/05/1961", "date of birth: 1961-05-04", "birthday is May 4, 1961"],
}
OBFUSCATED = {
    identifiers.NHS: [
        "999 012 3454",
        "999-012-3454",
        "999.012.3454",
        "999/012/3454",
        "(999) 012-3454",
        "99901 23454",
        "9 9 9 0 1 2 3 4 5 4",
        "9-9-9-0-1-2-3-4-5-4",
        "nine nine nine zero one two three four five four",
        "triple nine, zero, one, two, three, four, five, four",
        "Nine nine nine oh one two three four five four",
        "\uff19\uff19\uff19 012 3454",
        "999\u200b012\u200b3454",
        "999\u2013012\u20133454",
    ],
    identifiers.INSURANCE: ["A B 1 2 3 4 5 6 C", "AB.12.34.56.C", "AB\u00a012\u00a034\u00a056\u00a0C", "ab/12/34/56/c"],
    identifiers.POSTCODE: ["ZZ99-3VZ", "ZZ99  3VZ", "Z Z 9 9 3 V Z", "ZZ99\u200b3VZ"],
    identifiers.TELEPHONE: [
        "0 1 6 3 2 9 6 0 1 2 3",
        "01632.960.123",
        "+44.1632.960123",
        "+353 1 234 5678",
        "oh one six three two, nine six oh one two three",
        "zero one six three two nine six zero, one double two",
        "01632\u2011960\u2011123",
    ],
    identifiers.EMAIL: [
        "someone [at] example.org",
        "someone (at) example (dot) org",
        "someone at example dot org",
        "someone @ example.org",
        "first.last at mail dot example dot org",
    ],
    "a full date": [
        "the fourth of May 1961",
        "the fourth of May nineteen sixty-one",
        "04 / 05 / 1961",
        "4 May '61",
        "1961 May 4",
        "twenty-first May 1961",
    ],
}
INNOCENT = [
    "in 2019 30 participants, 12 of 40, and 95 of 100",
    "three to four in ten, or one or two of them, maybe three, four, five or six",
    "one two three, one two three, and again",
    "pages 123-456; ISBN 978-3-16-148410-0; doi 10.5555/12345678",
    "0.42, 0.45, 0.512, 1.204 and 3.1416",
    "figure 3.1.2 and version 4.5.6.7",
    "between 12-14 March, in May 2019, or March to April",
    "item I12 3rd, table Q1 2nd, B1 4th",
    "we spoke at the clinic, dot by dot; look at example pages",
    "the 1 2 3 4 5 of it",
    "1,234,567 people and 12 345 678 more",
    "the reference number is 0000000000",
    "about one hundred and twenty minutes, forty-five or sixty",
]
AROUND = st.text(
    st.characters(codec="utf-8", exclude_categories=["L", "N", "P", "S", "C", "M"]), min_size=1, max_size=4
)


def kinds(text, *refused, spoken=False):
    return {kind for kind, _, _ in identifiers.find(text, refused, spoken=spoken)}


def with_check_digit(stem):
    # The rule of the NHS Data Dictionary, written out: weights 10 to 2, 11 less the remainder, 11 is 0, 10 is no number.
    check = 11 - sum(int(digit) * weight for digit, weight in zip(stem, range(10, 1, -1))) % 11
    return None if check == 10 else f"{stem}{check % 11}"


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in PLANTED.items() for value in values])
def test_planted_identifiers_are_found(kind, value):
    assert kind in kinds(f"the note says {value}, and goes on")


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in OBFUSCATED.items() for value in values])
def test_disguised_identifiers_are_found_where_they_stand(kind, value):
    text = f"the note says {value}, and goes on"
    found = [(start, end) for what, start, end in identifiers.find(text, spoken=True) if what == kind]
    assert found
    start, end = found[0]
    # The place is that of the identifier, though characters nobody sees were passed over.
    assert text[start:end].strip(" ,") in value
    assert len(text[start:end]) >= len(value) - 4


@pytest.mark.parametrize("text", INNOCENT)
def test_numbers_and_lists_of_numbers_are_no_identifiers(text):
    assert identifiers.find(text, ["Someone Else"], spoken=True) == []


def test_a_national_insurance_number_without_its_letter_counts_in_spoken_words_only():
    assert kinds("it is AB123456 I think", spoken=True) == {identifiers.NO_SUFFIX}
    assert kinds("part AB123456 of the machine") == set()


@pytest.mark.parametrize(
    "written",
    ["Zoe Example", "ZO\u00cb EXAMPLE", "zoe-example", "Zo\u00eb\u00a0Example", "Zoe Example's", "Zo\u200be Example"],
)
def test_names_are_found_with_accents_hyphens_and_endings(written):
    assert kinds(f"then {written} said", "Zo\u00eb Example") == {identifiers.NAMES}
    assert kinds("the zoetrope example", "Zo\u00eb") == set()


@given(st.integers(0, 999_999), AROUND)
def test_nhs_numbers_are_found_by_their_check_digit(number, gap):
    stem = f"999{number:06d}"
    value = with_check_digit(stem)
    if value is None:
        return
    for shown in (value, f"{value[:3]} {value[3:6]} {value[6:]}", f"{value[:3]}-{value[3:6]}-{value[6:]}"):
        (found,) = [hit for hit in identifiers.find(f"number{gap}{shown}{gap}.") if hit[0] == "an NHS number"]
        assert found[1:] == (6 + len(gap), 6 + len(gap) + len(shown))
    wrong = f"{stem}{(int(value[-1]) + 1) % 10}"
    assert "an NHS number" not in kinds(f"number {wrong}.")


@given(
    st.sampled_from([(kind, value) for kind, values in PLANTED.items() for value in values]),
    AROUND,
    st.sampled_from([str.upper, str.lower, str]),
)
def test_what_stands_around_and_the_case_of_letters_do_not_matter(planted, around, case):
    kind, value = planted
    assert kind in kinds(f"words{around}{case(value)}{around}words")


@given(st.integers(0, 30), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_plain_words_and_numbers_are_no_identifiers(number, letter):
    text = (
        f"Placeholder passage {number}: in 2019 the participant of Region {letter} waited {number} weeks, 3 days and 40 "
        f"minutes for letter {letter}1; item I{number:02d}, Q{number:03d}, 95% interval 0.42 to 1,234, doi 10.5555/demo.{number}"
    )
    assert identifiers.find(text, ["Someone"], spoken=True) == []


@pytest.mark.parametrize(
    "date", ["4 May 1961", "04/05/61", "4.5.1961", "1961-05-04", "May 4th, 1961", "4th of May 1961"]
)
def test_a_full_date_counts_in_spoken_words_and_not_in_documents(date):
    assert kinds(f"the letter came on {date} at last", spoken=True) == {"a full date"}
    assert kinds(f"published on {date} by the body") == set()
    assert "a date of birth" in kinds(f"was born on {date} in the county")


def test_names_are_found_as_whole_words_whatever_their_capitals(tmp_path):
    file = tmp_path / "names.txt"
    file.write_text("# people of the study\nAnn Example\n\nRowan  # first name\n", encoding="utf-8")
    refused = identifiers.names(file)
    assert refused == ["Ann Example", "Rowan"]
    assert kinds("then ANN  example said", *refused) == {identifiers.NAMES}
    assert kinds("ask rowan, please", *refused) == {identifiers.NAMES}
    assert kinds("the rowans grew; annexample", *refused) == set()
    file.write_text("A\n", encoding="utf-8")
    with pytest.raises(InputError, match="one letter"):
        identifiers.names(file)
    with pytest.raises(InputError):
        identifiers.names(tmp_path / "absent.txt")
    assert identifiers.names(None) == []


def test_the_gate_names_the_place_and_not_the_identifier():
    texts = [("a.qdpx", "source number 7", 100, "write to ZZ99 3VZ now")]
    (only,) = identifiers.problems(texts, "a quotation", spoken=True)
    assert str(only) == (
        "a.qdpx (source number 7, characters 109 to 117): a quotation holds what looks like a postcode; nothing was released.\n"
        "    What to do: replace it by a bracketed note such as [number] in the transcript, or leave the words unquoted."
    )


@given(st.sampled_from([value for values in PLANTED.values() for value in values]))
def test_no_message_repeats_what_was_found(value):
    texts = [("a.csv", "row 2", 0, f"words {value} words")]
    found = identifiers.problems(texts, "a cell", ["words"], spoken=True)
    assert found
    assert all(value not in str(problem) and "words words" not in str(problem) for problem in found)


def test_every_free_text_of_a_table_is_searched_and_closed_lists_are_not():
    table = tables.schema("recommendations/co_design")
    row = {
        "entry": "C01",
        "date": "2026-03-12",
        "activity": "Workshop",
        "with_whom": "Patients",
        "stage": "design",
        "paid": "yes",
        "said": "Plain",
        "did": "",
    }
    planted = pd.DataFrame([row, row | {"entry": "C02", "said": "ring 01632 960123"}])
    (only,) = identifiers.in_table(planted, table, "co_design.csv")
    assert only.where == "column said, row 3, characters 5 to 17"
    assert len(identifiers.in_table(planted, table, "co_design.csv", ["patients"])) == 3


def test_the_gate_of_the_release_refuses_an_identifier_in_any_free_text(tmp_path):
    table = tables.schema("recommendations/comments")
    row = {"comment": "PC001", "recommendation": "R1", "item": "I1", "round": 1, "attribution": None}
    folder = tmp_path / "recommendations"
    folder.mkdir()
    path = str(folder / "comments.csv")
    for text, fine in (("Placeholder comment.", True), ("write to someone@example.org", False)):
        frame = release.protect(pd.DataFrame([row | {"text": text}]), table, "nhse")
        tables.write(frame, path, table.name)
        if fine:
            assert everything.check([path], "nhse")["passed"]
            with pytest.raises(InputError, match="a name on the list of names"):
                everything.check([path], "nhse", ["placeholder"])
        else:
            with pytest.raises(InputError, match="an e-mail address"):
                everything.check([path], "nhse")
