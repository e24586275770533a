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
