"""Transcripts of every kind give their words."""

import pytest
from genequity.coding.readers import transcripts
from genequity.errors import InputError

WORDS = "Dan: Was it naïve?\nPerson: Yes – “quite” \U0001f642.\n"


@pytest.mark.parametrize(
    ("raw", "encoding", "warned"),
    [
        (WORDS.encode(), "utf-8", False),
        (WORDS.encode("utf-8-sig"), "utf-8", False),
        (WORDS.encode("utf-16"), "utf-16-le", False),
        (WORDS.encode("utf-16-be"), "utf-16-be", False),
        (WORDS.replace("\n", "\r\n").encode(), "utf-8", False),
        (WORDS.replace("\U0001f642", "x").encode("cp1252"), "cp1252", True),
    ],
)
def test_plain_text_in_any_encoding(tmp_path, raw, encoding, warned):
    path = tmp_path / "P1.txt"
    path.write_bytes(raw)
    found = transcripts.read(path)
    expected = WORDS.replace("\U0001f642", "x") if warned else WORDS
    assert (found.text, found.encoding, bool(found.warnings)) == (expected, encoding, warned)


def test_word_with_a_table_in_its_place(tmp_path):
    from docx import Document

    document = Document()
    document.add_paragraph("Dan: First.")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Person:", "In a cell."
    document.add_paragraph("Dan: Last.")
    document.save(tmp_path / "P1.docx")
    assert transcripts.read(tmp_path / "P1.docx").text == "Dan: First.\nPerson:\nIn a cell.\nDan: Last."


def test_captions_become_lines_of_speech(tmp_path):
    path = tmp_path / "P1.vtt"
    path.write_text(
        "WEBVTT\n\nNOTE a remark\n\n1\n00:00:01.000 --> 00:00:02.000\n<v Dan>First <i>words</i> &amp; more\n\n"
        "00:02.000 --> 00:03.000 align:start\n<v Person>Second\nline\n"
    )
    assert transcripts.read(path).text == "Dan: First words & more\nPerson: Second line"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nDan: First\n\n2\n00:00:02,000 --> 00:00:03,000\nSecond\n")
    assert transcripts.read(path).text == "Dan: First\nSecond"


def test_rtf_without_its_machinery(tmp_path):
    path = tmp_path / "P1.rtf"
    path.write_bytes(
        rb"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0 Times;}}{\*\generator Word;}{\info{\author Somebody}}"
        rb"\pard Dan: na\'efve\u8212? and \{so\} \u-10179?\u-8638? on\par Person: \ldblquote yes\rdblquote\par}"
    )
    assert transcripts.read(path).text == "Dan: naïve— and {so} \U0001f642 on\nPerson: “yes”"


def test_saved_web_page(tmp_path):
    path = tmp_path / "P1.html"
    path.write_text(
        "<html><head><title>no</title></head><body><p>Dan: a &amp; b</p><p>Person: c</p><script>x</script></body></html>"
    )
    assert transcripts.read(path).text == "Dan: a & b\nPerson: c"


def test_printed_paragraph_numbers_and_pages_are_taken_out(tmp_path):
    path = tmp_path / "P1.txt"
    path.write_text(
        "1\n     Interview\n2    Dan: First question,\n     wrapped here.\n\n3    Person: An answer with 4\n     things.\n\n"
        "4    Dan: The last line of\n"
        + " " * 60
        + "1/2\n\f4    Dan: The last line of\n     a page.\n5    Person: End.\n"
    )
    assert transcripts.read(path).text == (
        "Interview\nDan: First question, wrapped here.\nPerson: An answer with 4 things.\n"
        "Dan: The last line of a page.\nPerson: End."
    )


def test_a_text_with_a_few_numbers_is_left_as_it_is(tmp_path):
    text = "1  point\nSome words.\nMore words.\n2  point\nEven more words.\nAnd more.\n"
    (tmp_path / "P1.txt").write_text(text)
    assert transcripts.read(tmp_path / "P1.txt").text == text


def test_what_is_no_transcript_is_said_all_at_once(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "b.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / "P1.txt").write_text("one")
    (tmp_path / "P1.rtf").write_text(r"{\rtf1 two}")
    with pytest.raises(InputError) as caught:
        transcripts.read_all([tmp_path / name for name in ("a.pdf", "b.doc", "gone.txt", "P1.txt", "P1.rtf")])
    told = [problem.message for problem in caught.value.problems]
    assert told[:3] == ["this is a PDF", "this is an old Word or Excel file", "this file does not exist"]
    assert "and another text" in told[3]
