"""Finding words again in a transcript: exactly, nearly, in several places, not at all."""

import pandas as pd
import pytest
from genequity.coding import formats, relocate
from genequity.coding.project import NO_TEXT, Project
from genequity.coding.readers import transcripts

TEXT = (
    "Dan: How was it?\n"
    "Person: It took “quite a while” – three months, I think. Yes. And then a letter came.\n"
    "Dan: A letter?\n"
    "Person: A letter, yes. We waited for another letter, and then for the appointment that never came.\n"
)


@pytest.mark.parametrize(
    ("words", "match", "there"),
    [
        ("three months, I think", "exact", "three months, I think"),
        (
            'It took "quite a while" - three   months,\n I think.',
            "exact",
            "It took “quite a while” – three months, I think.",
        ),
        ("AND THEN A LETTER CAME.", "exact", "And then a letter came."),
        ("A letter?", "exact", "A letter?"),
        ("letter", "ambiguous", None),
        ("Yes.", "exact", "Yes."),
        ("It took [...] months", "fuzzy", "It took “quite a while” – three months"),
        (
            "It took… And then a letter",
            "fuzzy",
            "It took “quite a while” – three months, I think. Yes. And then a letter",
        ),
        (
            "We waited for an other leter, and then for the apointment that never came.",
            "fuzzy",
            "We waited for another letter, and then for the appointment that never came.",
        ),
        ("Something that nobody said at any time in this transcript", "not found", None),
        ("ett", "not found", None),
        ("", "not found", None),
    ],
)
def test_where_words_stand(words, match, there):
    found = relocate.find(words, relocate.Text(TEXT))
    assert found.match == match
    assert (None if found.start is None else TEXT[found.start : found.end]) == there


def test_words_in_two_near_places_are_ambiguous_not_guessed():
    twice = "One: we waited for the letters a long time\nTwo: nothing\nThree: we waited for the letters a long time\n"
    assert relocate.find("we waited for the lettters a long tme", relocate.Text(twice)).match == "ambiguous"
    assert relocate.find("we waited for the letters a long time", relocate.Text(twice)).match == "ambiguous"


def test_a_decomposed_wording_is_found_in_a_composed_text():
    import unicodedata

    text = "A café, naïvely."
    found = relocate.find(unicodedata.normalize("NFD", "café, naïvely"), relocate.Text(text))
    assert (found.match, text[found.start : found.end]) == ("exact", "café, naïvely")


def test_words_are_searched_in_the_texts_of_other_projects(tmp_path, vendors):
    vendors.qdpx(tmp_path / "p.qdpx")
    (tmp_path / "s.csv").write_bytes(vendors.separated(vendors.rows_of("maxqda-table")))
    entries = [{"path": str(tmp_path / name), "format": "auto"} for name in ("s.csv", "p.qdpx")]
    alone = formats.read(entries[0])
    assert set(alone.segments["match"]) == {NO_TEXT}
    both = formats.read_all(entries)
    assert set(both[0].segments["match"]) == {"exact"}
    assert both[0].segments["start"].notna().all()


def test_every_real_segment_is_placed_in_its_transcript(real_folder):
    folder = real_folder / "interviews" / "maxqda"
    texts, _ = transcripts.read_all(sorted(folder.glob("P*.txt")))
    path = str(folder / "coded-segments.txt")
    found = formats.read({"path": path, "format": "auto"}, texts)
    assert found.segments["match"].value_counts().to_dict() == {"exact": 261}
    plain = formats.read({"path": path, "format": "auto"}).segments["text"]
    bones = [relocate._bones(text)[0] for text in plain]
    assert [relocate._bones(text)[0] for text in found.segments["text"]] == bones
    own = dict(zip(found.sources["source"], found.sources["text"]))
    rows = found.segments
    assert [own[s][a:b] for s, a, b in zip(rows["source"], rows["start"], rows["end"])] == rows["text"].tolist()


def test_a_project_without_anything_to_find_is_left_alone():
    empty = Project()
    assert relocate.project_with_places(empty, {}).segments.empty
    assert isinstance(relocate.among([empty])[0].segments, pd.DataFrame)


def test_another_coders_text_comes_before_the_transcript(tmp_path, vendors):
    vendors.qdpx(tmp_path / "p.qdpx")
    (tmp_path / "s.csv").write_bytes(vendors.separated(vendors.rows_of("maxqda-table")))
    entries = [{"path": str(tmp_path / name), "format": "auto"} for name in ("s.csv", "p.qdpx")]
    spaced = {"interview1": vendors.TEXTS["Interview 1"].replace("\n", "\n\n")}
    both = formats.read_all(entries, spaced)
    for found in both:
        assert dict(zip(found.sources["source"], found.sources["text"])) == vendors.TEXTS
    assert both[0].segments["start"].tolist() == both[1].segments["start"].tolist()
