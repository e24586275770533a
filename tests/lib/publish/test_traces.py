"""What a document knows of where its words come from, and that nothing of it is ever printed."""

from __future__ import annotations

import json

import nbformat
import pytest
from genequity.publish import exporter, marks, pandoc, traces, wordmap
from genequity.publish.pandoc import node


def test_marks_become_spans_and_leave_no_trace():
    text = f"Of ({marks.around('2,380', 0)}), {marks.around('12%', 12)}'s *{marks.around('x', 1)}* “{marks.around('a b', 2)}”."
    plain = "Of (2,380), 12%'s *x* “a b”."
    tree = traces.spans(pandoc.parse(text), [f"e{n}" for n in range(13)])
    found = []
    pandoc.walk(tree, lambda item: found.append(item) if traces.is_computed(item) else None)
    assert [(traces.source_of(item), pandoc.text(item["c"][1])) for item in found] == [
        ("{python} e0", "2,380"),
        ("{python} e12", "12%"),
        ("{python} e1", "x"),
        ("{python} e2", "a b"),
    ]
    assert traces.without(tree) == pandoc.parse(plain)


def test_marks_in_identifiers_and_links_are_taken_out():
    tree = traces.spans(pandoc.parse(f"## Of {marks.around('12', 0)}\n\n[x](#of-{marks.around('12', 0)})"), ["e"])
    assert not any(0x10600 <= ord(letter) <= 0x1077F for letter in json.dumps(tree, ensure_ascii=False))
    assert traces.without(tree) == pandoc.parse("## Of 12\n\n[x](#of-12)")


@pytest.mark.parametrize("value", ["- one", "1. one", "# one", "two\nlines", "", " ", "> one", "::: {.x}"])
def test_values_that_may_be_blocks_are_not_marked(value):
    assert marks.around(value, 3) == value


def test_bold_values_are_marked():
    assert marks.around("**24** documents", 0) != "**24** documents"


def test_nbconvert_alone_writes_no_marks(tmp_path):
    cell = nbformat.v4.new_markdown_cell("A `{python} x`.")
    cell.metadata["user_expressions"] = [{"expression": "x", "result": {"data": {"text/plain": "12"}}}]
    whole = nbformat.v4.new_notebook(cells=[cell])
    text, resources = exporter.BookExporter().from_notebook_node(whole)
    assert "A 12." in text
    assert resources["values"] == []
    path = tmp_path / "a.ipynb"
    nbformat.write(whole, path)
    marked, _, _, expressions = exporter.export(str(path), {})
    assert expressions == ["x"]
    assert marks.START in marked


def test_blocks_that_say_where_words_come_from_are_not_printed():
    blocks = [traces.chapter("a.ipynb"), node("Para", [node("Str", "x")])]
    assert traces.without(blocks) == [node("Para", [node("Str", "x")])]


def test_old_maps_are_forgotten(tmp_path):
    for number in range(wordmap.KEPT + 3):
        wordmap.keep([wordmap.Paragraph("x", table=(1, 0, 2), spans=[(0, 1, "s")])], f"{number:04}", tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == wordmap.KEPT
    kept = wordmap.kept(f"{wordmap.KEPT:04}", tmp_path)
    assert kept == [wordmap.Paragraph("x", table=(1, 0, 2), place=("", ""), spans=[(0, 1, "s")])]
    assert wordmap.kept("../secret", tmp_path) is None


def test_maps_that_quote_somebody_who_is_not_quoted_now_are_forgotten(tmp_path):
    said = [wordmap.Paragraph("“I waited for a letter.”")]
    wordmap.keep(said, "a1", tmp_path, ["I waited for a letter.", "Nobody called."])
    wordmap.keep(said, "a2", tmp_path, ["I waited for a letter."])
    assert wordmap.kept("a1", tmp_path) is None  # it quotes more than the release holds now
    wordmap.keep(said, "a3", tmp_path, ["I waited for a letter.", "Somebody else."])
    assert wordmap.kept("a2", tmp_path) == said
    (tmp_path / "a0.json").write_text('{"paragraphs": []}')  # of a version that did not remember whom it quotes
    wordmap.keep([], "a4", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a4.json", "a4.spoken"]
    assert "letter" not in (tmp_path / "a4.spoken").read_text()


def test_deleted_paragraph_ends_join_paragraphs():
    from lxml import etree

    name = wordmap.WORD[1:-1]
    body = f'<w:body xmlns:w="{name}"><w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>One</w:t></w:r></w:p>'
    body += "<w:p><w:r><w:t>two</w:t><w:noBreakHyphen/><w:t>three</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p></w:body>"
    reader = wordmap._Reader({})
    reader.blocks(etree.fromstring(body), None)
    assert [paragraph.text for paragraph in reader.paragraphs] == ["One two-three"]
