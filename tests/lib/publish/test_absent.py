"""A figure or table that a study has no data for: its number and caption stay, with the reason."""

from __future__ import annotations

import json

import pandas as pd
from docx import Document
from genequity import notebook
from genequity.publish import docx, elements, exporter, pdf
from genequity.publish import html as web


def cell(source, markdown):
    output = {"output_type": "execute_result", "data": {"text/markdown": markdown}, "metadata": {}}
    return {
        "cell_type": "code",
        "id": "a1",
        "metadata": {},
        "execution_count": 1,
        "source": source,
        "outputs": [output | {"execution_count": 1}],
    }


def exported(tmp_path, source, value):
    """Return the Markdown of a notebook whose one cell ends in a value."""
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell(source, value._repr_markdown_())]}
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps(whole))
    return exporter.export(str(path), {})[0]


def test_an_absent_figure_keeps_its_number_and_references_to_it_resolve(tmp_path, write_book):
    source = '#| label: fig-x\n#| fig-cap: "Rates."\n#| fig-alt: "A plot."\nfigure()'
    text = exported(tmp_path, source, notebook.absent("No population was supplied."))
    document = write_book(
        {"index": f"# T\n\nSee @fig-x and @tbl-y.\n\n{text}\n\n| a |\n|---|\n| 1 |\n\n: C {{#tbl-y}}\n"}
    )
    for writer, name in ((web, "r.html"), (pdf, "r.pdf"), (docx, "r.docx")):
        writer.write(document, str(tmp_path / name))
    page = (tmp_path / "r.html").read_text().replace("\u00a0", " ")
    assert 'See <a href="#fig-x" class="reference">Figure 1.1</a>' in page
    assert "<strong>Figure 1.1:</strong> Rates." in page
    assert "<img" not in page
    styles = {p.text.replace("\u00a0", " "): p.style.name for p in Document(tmp_path / "r.docx").paragraphs}
    assert styles["Figure 1.1: Rates."] == "Image Caption"
    assert styles["No population was supplied."] == "Table Note"


def test_an_absent_value_needs_a_label_and_a_caption(tmp_path):
    import pytest
    from genequity.errors import InputError

    with pytest.raises(InputError, match="absent without a label"):
        exported(tmp_path, "figure()", notebook.absent("No data."))


def test_a_table_without_rows_is_its_reason(tmp_path):
    (tmp_path / "study.json").write_text('{"strands": {}}')
    release = notebook.open_release(tmp_path)
    empty = notebook.or_absent(pd.DataFrame({"a": []}), "Nothing was coded.")
    assert release.show(empty, {"a": "A"}) == notebook.Absent("Nothing was coded.")
    full = notebook.or_absent(pd.DataFrame({"a": ["x"]}), "Nothing was coded.")
    assert "<table>" in release.show(full, {"a": "A"})


def test_quarto_table_divs_and_folded_parts(write_book, tmp_path):
    table = "<table><thead><tr><th>A</th><th>B</th></tr></thead>"
    table += '<tbody><tr><th colspan="2">Group</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>'
    text = f'::: {{.details summary="All of it"}}\n:::: {{#tbl-x}}\n```{{=html}}\n{table}\n```\n\nCaption\n::::\n:::\n'
    document = write_book({"index": f"# T\n\n@tbl-x\n\n{text}"})
    for writer, name in ((web, "r.html"), (pdf, "r.pdf"), (docx, "r.docx")):
        writer.write(document, str(tmp_path / name))
    page = (tmp_path / "r.html").read_text().replace("\u00a0", " ")
    assert "<details><summary>All of it</summary>" in page
    assert '<th scope="rowgroup" colspan="2"' in page
    assert "<strong>Table 1.1:</strong> Caption" in page
    assert len(Document(tmp_path / "r.docx").tables) == 1


def test_a_table_div_without_a_caption_is_refused(tmp_path):
    reader = elements.Reader({"meta": {}, "var": {}})
    reader.read("x.qmd", "::: {#tbl-x}\n```{=html}\n<table><tr><td>1</td></tr></table>\n```\n:::\n", tmp_path)
    assert "no caption" in str(reader.problems[0])
