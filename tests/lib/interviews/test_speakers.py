import itertools

import pandas as pd
import pytest
from genequity.interviews import cases, speakers
from genequity.interviews.speakers import JOIN

FORMS = {
    "Ann: first words\nBen: second words": ["Ann", "Ben"],
    "[00:01:02] Ann: first\n[00:01:09] Ben: second": ["Ann", "Ben"],
    "00:01:02 Ann: first\n(00:09) Ben: second": ["Ann", "Ben"],
    "Ann [00:01:02]: first\nBen (00:01:09): second": ["Ann", "Ben"],
    "Ann  00:01:02\nfirst\nBen  00:01:09\nsecond": ["Ann", "Ben"],
    "Ann:\nfirst\nBen:\nsecond": ["Ann", "Ben"],
    "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Ann>first</v>\n\n<v Ben Okri>second</v>": ["", "Ann", "Ben Okri"],
    "I said: no\nand at 10:30 we: left": [""],
}


@pytest.mark.parametrize(("text", "labels"), FORMS.items())
def test_labels_are_read_in_every_form(text, labels):
    assert [turn.label for turn in speakers.turns(text)] == labels


@pytest.mark.parametrize("text", FORMS)
def test_turns_cover_the_words_without_overlap(text):
    turns = speakers.turns(text)
    assert all(turn.label_start <= turn.start <= turn.end for turn in turns)
    assert all(before.end <= after.label_start for before, after in itertools.pairwise(turns))
    assert turns[-1].end == len(text)


PEOPLE = pd.DataFrame(
    [
        ["P1", "P1", "", False],
        ["P2", "FG", "Ann", False],
        ["P3", "FG", "Ben", False],
        ["P4", "FG", "Cat", True],
    ],
    columns=["participant", "session", "speaker", "withdrawn"],
).assign(consent="quotation")
GROUP = "Moderator: Welcome.\nAnn: Alpha words.\nCat: Secret words.\nBen: Beta words.\n"
ALONE = "Interviewer: How was it?\nSomebody: It was long.\nInterpreter: She says it was long.\n"
SOURCES = pd.DataFrame({"source": ["FG", "P1"], "text": [GROUP, ALONE]})


def segments(*spans):
    rows = []
    for source, words in spans:
        text = {"FG": GROUP, "P1": ALONE}[source]
        start = text.index(words)
        rows.append([f"s{len(rows)}", source, "code", start, start + len(words), words, ""])
    return pd.DataFrame(rows, columns=["segment", "source", "code", "start", "end", "text", "memo"])


def test_each_segment_has_the_people_whose_words_it_holds():
    held = segments(
        ("FG", "Alpha words."),
        ("FG", "Ann: Alpha words."),
        ("FG", "Alpha words.\nCat: Secret words.\nBen: Beta words."),
        ("FG", "Welcome."),
        ("P1", "It was long."),
        ("P1", "How was it?\nSomebody: It was long."),
    )
    found = speakers.attributed(held, SOURCES, PEOPLE, [])
    assert found["cases"].tolist() == ["P2", "P2", JOIN.join(["P2", "P4", "P3"]), "", "P1", "P1"]
    assert found["speech"].tolist() == [
        speakers.ONE,
        speakers.ONE,
        speakers.SEVERAL,
        speakers.OURS,
        speakers.ONE,
        speakers.WITH_OURS,
    ]
    assert found["words"].tolist()[1] == "Alpha words."
    assert speakers.by_case(found)["source"].tolist() == ["P2", "P2", "P2", "P4", "P3", "P1", "P1"]


def test_a_segment_without_a_position_is_told_by_its_own_label_or_by_nobody():
    held = pd.DataFrame(
        [["s0", "FG", "code", pd.NA, pd.NA, "Ben: Beta words."], ["s1", "FG", "code", pd.NA, pd.NA, "Beta words."]],
        columns=["segment", "source", "code", "start", "end", "text"],
    )
    found = speakers.attributed(held, SOURCES, PEOPLE, [])
    assert found[["cases", "speech"]].values.tolist() == [["P3", speakers.ONE], ["", speakers.NOBODY]]


def test_golden_message_of_an_unknown_speaker():
    text = GROUP + "Dan Doe: Who am I?\n"
    sources = SOURCES.assign(text=[text, ALONE])
    (only,) = speakers.problems(sources, PEOPLE, [], "people.csv")
    assert str(only) == (
        "people.csv (column speaker; the label stands in line 5 of the transcript): a speaker of the shape 'Xxx Xxx' of "
        "source number 1 is not known.\n"
        "    Expected: for every label of a focus group a participant's row, or a name of methods.our_side.\n"
        "    What to do: add the speaker to the participants table, or the label to methods.our_side."
    )
    assert speakers.problems(sources, PEOPLE, ["dan doe"], "people.csv") == []


def test_who_withdrew_from_a_group_leaves_blanks_and_the_others_keep_their_places():
    from genequity.coding.merge import Merged

    held = segments(("FG", "Secret words."), ("FG", "Beta words."), ("FG", "Alpha words.\nCat: Secret words."))
    merged = Merged(held.assign(project=1), SOURCES, pd.DataFrame())
    stayed = cases.without_withdrawn(merged, PEOPLE)
    text = stayed.sources.set_index("source")["text"]["FG"]
    assert "Secret" not in text
    assert "Cat" not in text
    assert len(text) == len(GROUP)
    assert stayed.segments["segment"].tolist() == ["s1", "s2"]
    for row in stayed.segments.itertuples():
        assert row.text == text[row.start : row.end]
    assert stayed.segments["text"].str.strip().tolist() == ["Beta words.", "Alpha words."]
    everybody_gone = PEOPLE.assign(withdrawn=True)
    assert cases.without_withdrawn(merged, everybody_gone).sources.empty


def test_who_consented_to_nothing_is_left_out_like_who_withdrew():
    refused = PEOPLE.assign(withdrawn=False, consent=["quotation", "quotation", "none", "quotation"])
    assert cases.staying(refused)["participant"].tolist() == ["P1", "P2", "P4"]
    flow = cases.flow(refused, ["FG", "P1"]).set_index("label")["number"]
    assert flow[cases.REFUSED] == 1
    assert flow[cases.ANALYSED] == 3
