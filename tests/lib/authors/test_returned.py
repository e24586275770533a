"""A Word report that comes back: what was edited, where it stands in the notebooks, and what is refused."""

from __future__ import annotations

import copy
import csv
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest
from conftest import program
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from genequity.authors import markdown, returned
from genequity.authors.origins import Origins
from genequity.errors import InputError


def edited(book, change, name="edited.docx") -> Path:
    """Save a copy of the report, changed by a function of python-docx's document."""
    word = docx.Document(book.word)
    change(word)
    path = book.results / name
    word.save(path)
    return path


def paragraph(word, start: str):
    return next(p for p in word.paragraphs if p.text.startswith(start))


def reword(old: str, new: str):
    """Return a change that rewords every run."""

    def change(word):
        for run in word.element.body.iter(qn("w:t")):
            run.text = (run.text or "").replace(old, new)

    return change


def shown(changes) -> list[tuple]:
    return [(c.kind, c.decision, c.old, c.new) for c in changes]


def test_a_report_that_comes_back_as_it_was_holds_no_change(book):
    assert book.compare(book.word) == []


def test_what_word_processors_change_by_themselves_is_no_change(book):
    def change(word):
        reword("’", "'")(word)
        one = paragraph(word, "Of those asked")
        for run in list(one.runs):  # one run a letter, and spaces that do not break
            for letter in run.text:
                fresh = copy.deepcopy(run._r)
                for child in list(fresh):
                    if child.tag != qn("w:rPr"):
                        fresh.remove(child)
                text = OxmlElement("w:t")
                text.text = "\u00a0" if letter == " " else letter
                text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                fresh.append(text)
                run._r.addprevious(fresh)
            run._r.getparent().remove(run._r)

    assert book.compare(edited(book, change)) == []


def test_text_is_taken_over_and_the_numbers_beside_it_stay_expressions(book):
    path = edited(book, reword("people answered, it’s the", "persons answered; it is the"))
    changes = book.compare(path)
    assert {c.decision for c in changes} == {returned.TEXT}
    assert {(c.notebook, c.cell, c.line) for c in changes} == {("survey.ipynb", "cell 4 (text)", 1)}
    assert ("text", "text", "people", "persons") in shown(changes)
    before = json.loads((book.notebooks / "survey.ipynb").read_text())
    done, left = returned.apply(changes, book.notebooks)
    assert (len(done), left) == (len(changes), [])
    first = book.cell("text").splitlines()[0]
    assert first == 'Of those asked, `{python} release.number("survey.respondents")` persons answered; it is the'
    after = json.loads((book.notebooks / "survey.ipynb").read_text())
    before["cells"][3]["source"] = after["cells"][3]["source"] = []
    assert after == before  # nothing else has changed


def test_a_computed_number_is_refused_with_its_source(book):
    changes = book.compare(edited(book, reword("12%", "15%")))
    assert shown(changes) == [("computed number", "refused", "12%", "15%")]
    assert changes[0].source == (
        "number survey.trust: table survey/shares, row item=trust, column share, rule survey_shares"
    )
    assert changes[0].line == 2
    assert returned.apply(changes, book.notebooks) == ([], [])


def test_text_and_number_in_one_sentence_are_judged_apart(book):
    def change(word):
        reword("2,380", "2,830")(word)
        reword("Of those asked", "Of all those asked")(word)

    assert shown(book.compare(edited(book, change))) == [
        ("text", "text", "", "all"),
        ("computed number", "refused", "2,380", "2,830"),
    ]


def test_numbers_that_change_places_are_refused(book):
    def change(word):
        for old, new in (("2,380", "#"), ("12%", "2,380"), ("#", "12%")):
            reword(old, new)(word)

    changes = book.compare(edited(book, change))
    assert [c.decision for c in changes] == ["refused", "refused"]


def test_a_number_typed_into_the_text_is_left_to_a_person(book):
    changes = book.compare(edited(book, reword("trusts the service", "trusts all 7 services")))
    assert {c.decision for c in changes} >= {"by hand"}
    assert any("typed by hand" in c.source for c in changes)


def test_tracked_changes_are_read_as_accepted(book):
    def change(word):
        one = paragraph(word, "The first thing")
        run = one.runs[0]
        run.text = run.text.replace("to ask again.", "")
        for kind, tag, words in (("w:del", "w:delText", "to ask again."), ("w:ins", "w:t", "to ask twice.")):
            mark = OxmlElement(kind)
            mark.set(qn("w:author"), "A Reviewer")
            mark.set(qn("w:id"), "77")
            inner = OxmlElement("w:r")
            text = OxmlElement(tag)
            text.text = words
            inner.append(text)
            mark.append(inner)
            one._p.append(mark)

    changes = book.compare(edited(book, change))
    assert shown(changes) == [("text", "text", "again", "twice")]
    assert changes[0].line == 8


def test_comments_are_listed_without_who_wrote_them(book, capsys):
    def change(word):
        one = paragraph(word, "Of those asked")
        word.add_comment(one.runs[0], text="Say which people.", author="A Reviewer", initials="AR")

    changes = book.compare(edited(book, change))
    assert [(c.kind, c.decision, c.new) for c in changes] == [("comment", "comment", "Say which people.")]
    assert changes[0].cell == "cell 4 (text)"
    assert "Reviewer" not in repr(changes)


def test_cells_of_a_table_are_refused_with_row_and_column(book):
    def change(word):
        table = next(t for t in word.tables if t.cell(0, 0).text == "Group")
        table.cell(1, 1).paragraphs[0].runs[0].text = "44%"
        table.cell(0, 1).paragraphs[0].runs[0].text = "Portion"

    changes = book.compare(edited(book, change))
    assert shown(changes) == [
        ("table cell", "by hand", "Share", "Portion"),
        ("table cell", "refused", "41%", "44%"),
    ]
    assert changes[1].source == "released table survey/shares, row 'Asian', column 'Share'"


def test_a_row_that_is_taken_out_is_refused(book):
    def change(word):
        table = next(t for t in word.tables if t.cell(0, 0).text == "Group")
        table._tbl.remove(table.rows[2]._tr)

    changes = book.compare(edited(book, change))
    assert [(c.kind, c.decision, c.old) for c in changes] == [("table cell", "refused", "White | 52%")]


def test_captions_and_descriptions_are_taken_over_and_their_numbers_are_not(book):
    def change(word):
        reword("who trust the service", "who trust services")(word)
        reword("Table\u00a01.1", "Table\u00a01.7")(word)
        for picture in word.element.body.iter(
            "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
        ):
            picture.set("descr", picture.get("descr", "").replace("Bars of", "Columns of"))

    changes = book.compare(edited(book, change))
    kinds = {(c.kind, c.decision) for c in changes}
    assert ("caption", "text") in kinds
    assert ("alternative text", "text") in kinds
    assert ("numbering", "refused") in kinds
    done, left = returned.apply(changes, book.notebooks)
    assert not left
    assert '#| tbl-cap: "Share who trust services, by group."' in book.cell("tbl-survey-shares")
    assert '#| fig-alt: "Columns of the shares by group."' in book.cell("fig-survey-shares")
    assert all(c.decision == "text" for c in done)


def test_references_and_citations_are_left_to_a_person(book):
    def change(word):
        one = paragraph(word, "Table\u00a01.1 and")
        for text in one._p.iter(qn("w:t")):
            text.text = text.text.replace("Figure\u00a01.1", "Figure\u00a01.2").replace("2020", "2021")

    changes = book.compare(edited(book, change))
    assert [(c.kind, c.decision) for c in changes] == [("cross-reference", "by hand"), ("citation", "by hand")]
    assert "@fig-survey-shares" in changes[0].source
    assert "@one" in changes[1].source


def test_facts_of_the_study_come_from_its_config(book):
    changes = book.compare(edited(book, reword("A small study", "A big study")))
    assert ("study fact", "refused", "small", "big") in shown(changes)
    assert ("text", "by hand", "small", "big") in shown(changes)  # the title page


def test_paragraphs_that_go_come_and_move(book):
    def change(word):
        gone = paragraph(word, "Of those asked")
        moved = paragraph(word, "The first thing")
        last = paragraph(word, "The report of")
        gone._p.getparent().remove(gone._p)
        last._p.addnext(moved._p)
        fresh = copy.deepcopy(last._p)
        moved._p.addnext(fresh)
        for text in fresh.iter(qn("w:t")):
            text.text = ""
        next(fresh.iter(qn("w:t"))).text = "A paragraph that nobody had written before, about something else."

    changes = book.compare(edited(book, change))
    found = {(c.kind, c.decision, c.source.split(":")[0].split(",")[0]) for c in changes}
    assert ("paragraph", "refused", "taken out with what was computed") in found
    assert ("paragraph", "by hand", "moved to another place") in found
    assert any(c.new.startswith("A paragraph that nobody") and c.source.startswith("new") for c in changes)


def test_a_paragraph_split_in_two_keeps_its_numbers(book):
    def change(word):
        one = paragraph(word, "Of those asked")
        other = copy.deepcopy(one._p)
        one._p.addnext(other)
        runs = [list(p.iter(qn("w:t"))) for p in (one._p, other)]
        cut = next(n for n, text in enumerate(runs[0]) if text.text.startswith("A share") or "A share" in text.text)
        before, _, after = runs[0][cut].text.partition("A share")
        runs[0][cut].text, runs[1][cut].text = before, "A share" + after
        for text in runs[0][cut + 1 :] + runs[1][:cut]:
            text.text = ""

    changes = book.compare(edited(book, change))
    assert [(c.kind, c.decision) for c in changes] == [("paragraph", "by hand")]
    assert changes[0].source == "it was split in two"


def test_words_that_stand_twice_are_not_taken_over(book):
    def change(word):
        one = paragraph(word, "The same words")
        one.runs[0].text = "The other words."

    changes = book.compare(edited(book, change))
    assert [c.decision for c in changes if c.old == "same"] != ["text"]
    source = book.cell("text")
    returned.apply(changes, book.notebooks)
    assert book.cell("text") == source


def test_signs_of_markdown_in_new_words_are_text(book):
    changes = book.compare(edited(book, reword("ask again", "ask *us* at a_b")))
    returned.apply(changes, book.notebooks)
    assert "ask \\*us\\* at a\\_b" in book.cell("text")
    assert markdown.found(book.cell("text"), "The first thing to do is to ask *us* at a_b.")


def test_an_edit_across_emphasis_is_left_to_a_person(book):
    changes = book.compare(edited(book, reword("wave", "round")))
    assert shown(changes) == [("text", "text", "wave", "round")]  # within the signs: they stay
    returned.apply(changes, book.notebooks)
    assert "first *round*." in book.cell("text")


def test_the_document_says_which_report_it_was_made_from(book, tmp_path):
    path = edited(book, reword("12%", "15%"))
    for kept in (book.results / "cache" / "word").glob("*.json"):
        kept.unlink()
    with pytest.raises(InputError, match="is not kept here"):
        book.compare(path)
    wrong = tmp_path / "wrong.docx"
    wrong.write_text("no Word document")
    with pytest.raises(InputError, match="not a Word document"):
        book.compare(wrong)


def test_a_report_that_lost_its_properties_is_compared_with_the_nearest_build(book):
    path = edited(book, reword("12%", "15%"))
    bare = path.with_name("bare.docx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bare, "w") as target:
        for name in source.namelist():
            if name != "docProps/custom.xml":
                target.writestr(name, source.read(name))
    assert shown(book.compare(bare)) == [("computed number", "refused", "12%", "15%")]


def test_the_list_is_written_and_the_exit_status_says_whether_something_was_refused(book):
    def run(path: Path, *more: str):
        command = [sys.executable, "-m", "genequity.authors.returning", str(path)]
        command += ["--results", str(book.results), "--notebooks", str(book.notebooks), *more]
        return subprocess.run(command, capture_output=True, text=True)

    refused = run(edited(book, reword("12%", "15%")))
    assert refused.returncode == 1
    assert "REFUSED" in refused.stdout
    folder = book.results / "report" / "returned"
    rows = list(csv.DictReader((folder / "edited.csv").open(encoding="utf-8-sig")))
    assert [(row["notebook"], row["old"], row["new"], row["decision"]) for row in rows] == [
        ("survey.ipynb", "12%", "15%", "refused")
    ]
    assert "<ins>15%</ins>" in (folder / "edited.html").read_text()
    assert (folder / "edited.xlsx").stat().st_size > 0
    fine = run(edited(book, reword("ask again", "ask once more")), "--apply")
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert "ask once more" in book.cell("text")
    assert run(book.results / "nowhere.docx").returncode == 2


def test_traces_change_no_word_of_the_document(book, tmp_path):
    text = "".join(zipfile.ZipFile(book.word).read("word/document.xml").decode())
    assert "gq-" not in text
    assert not any(0x10600 <= ord(letter) <= 0x1077F for letter in text)


@pytest.mark.slow
def test_a_report_saved_again_by_libreoffice_is_read_alike(book, tmp_path):
    path = edited(book, reword("12%", "15%"))
    office = f"-env:UserInstallation=file://{tmp_path / 'office'}"
    command = [program("soffice"), office, "--headless", "--convert-to", "docx:MS Word 2007 XML"]
    subprocess.run([*command, "--outdir", str(tmp_path), str(path)], check=True, capture_output=True, timeout=180)
    assert shown(book.compare(tmp_path / path.name)) == [("computed number", "refused", "12%", "15%")]


def test_a_sentence_that_code_wrote_is_traced_to_its_finding():
    origins = Origins("nowhere")
    row = {"statement": "It’s 12% of all who were asked.", "source_table": "survey/shares", "source_row": "item=trust"}
    origins.findings = {"survey.trust": row}
    said = origins.of_words("Survey: it is so. It's 12% of all who were asked, in short.")
    assert said == "finding survey.trust: table survey/shares, row item=trust"
    assert origins.of_words("Something else.") == ""
    assert origins.of_expression('{python} release.finding("survey.trust")').startswith("finding survey.trust: ")
