"""Positions of any way of counting come back to the same words, in any script."""

import unicodedata

import pytest
from genequity.coding import offsets

SCRIPTS = {
    "accents": "Une idée naïve à Ōsaka, Ångström et Łódź.",
    "Hindi": "क़लम और ड़ोरी हिन्दी में लिखी गई थी।",
    "Bengali": "সময় আর বড় গাঢ় নদী য় ো কো।",
    "Korean": "한국어로 말했습니다 가각.",
    "Vietnamese": "Tiếng Việt có nhiều dấu thanh điệu.",
    "Tamil": "கொடு போ வௌவால்",
    "Arabic": "قالت آنّا إنّ الأمر أُجِّل.",
    "emoji": "One \U0001f469\u200d⚕️ two \U0001f1ec\U0001f1e7 three é four.",
}


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_word_of_every_script(script, form, newline):
    text = unicodedata.normalize("NFC", f"{SCRIPTS[script]}\n{SCRIPTS[script]} End.\n")
    raw = unicodedata.normalize(form, text).replace("\n", newline)
    assert offsets.canonical(raw) == text
    words = [word for line in raw.splitlines() for word in line.split()]
    marks, at = [], 0
    for word in words:
        at = raw.index(word, at)
        marks.append(offsets.Selection(at, at + len(word)))
        at += len(word)
    reading, _ = offsets.choose(raw, marks)
    found = [text[slice(*offsets.place(reading, mark))] for mark in marks]
    assert found == [unicodedata.normalize("NFC", word) for word in words]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (offsets.Selection(4, 6), (4, 5)),  # ends between CR and LF: the line end is taken along
        (offsets.Selection(5, 8), (4, 7)),  # begins between CR and LF
        (offsets.Selection(6, 13), (5, 10)),  # two characters behind the end
        (offsets.Selection(6, 14), "its positions lie outside the text"),
        (offsets.Selection(-1, 4), "its positions lie outside the text"),
        (offsets.Selection(7, 7), "it marks no character"),
        (offsets.Selection(7, 6), "its end stands before its start"),
    ],
)
def test_boundaries_inside_a_character_and_behind_the_text(selection, expected):
    raw = "One.\r\nTwo.\r\n"[:-1]  # 11 characters; ours: "One.\nTwo.\n"
    reading = offsets.readings(raw)[0]
    assert offsets.canonical(raw) == "One.\nTwo.\n"
    assert offsets.place(reading, selection) == expected


def test_nothing_to_prove_by_keeps_the_standard():
    reading, proof = offsets.choose("One \U0001f642 two.\r\nThree.", [])
    assert (reading.label, proof) == ("crlf", "no selection to prove a reading by")


def test_a_source_with_one_selection_is_read_as_the_files_other_sources_prove():
    # Line ends of two characters that the program counts as one. In "little" the standard's reading puts the start of
    # its only selection at a word's edge too, so that the source alone proves nothing.
    plenty = "\r\n".join(f"Line {n} holds several words of its own." for n in range(30))
    ours = offsets.canonical(plenty)
    marks = [
        offsets.Selection(ours.index(f"Line {n} "), ours.index(f"Line {n} ") + len(f"Line {n} holds"))
        for n in range(30)
    ]
    little = "a b\r\nx yz\r\ne fg hij kl\r\n"
    one = offsets.canonical(little).index("fg hij")
    mark = offsets.Selection(one, one + len("fg hij"))
    alone, _ = offsets.choose(little, [mark])
    assert alone.label == "crlf"
    together = offsets.choose_all([(plenty, marks), (little, [mark])])
    assert [reading.label for reading, _ in together] == ["none", "none"]
    assert offsets.canonical(little)[slice(*offsets.place(together[1][0], mark))] == "fg hij"
