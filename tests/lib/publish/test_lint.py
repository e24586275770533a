"""Each rule of the notebook lint on a tiny book: found with notebook, cell and line, and not found where all is well."""

from __future__ import annotations

import json

import pytest
from genequity.config import ROOT
from genequity.publish import lint
from genequity.publish.book import Book

FRONT = {"cell_type": "raw", "id": "front", "metadata": {}, "source": '---\ntitle: "Survey"\n---'}
FIGURE = '#| label: fig-a\n#| fig-cap: "What was found."\n#| fig-alt: "Bars."\ndraw()'


def text(source: str, identifier: str = "text") -> dict:
    return {"cell_type": "markdown", "id": identifier, "metadata": {}, "source": source}


def code(source: str, identifier: str = "code", **more) -> dict:
    cell = {
        "cell_type": "code",
        "id": identifier,
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
    return cell | more


@pytest.fixture
def found(tmp_path):
    """Return a function that lints a book of notebooks, given as lists of cells, and returns its messages."""

    def linted(*chapters: list[dict]) -> list[str]:
        names = [f"chapter{n}.ipynb" for n in range(1, len(chapters) + 1)]
        for name, cells in zip(names, chapters, strict=True):
            whole = {"cells": [FRONT, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
            (tmp_path / name).write_text(json.dumps(whole))
        (tmp_path / "references.bib").write_text("@article{amin2020,\n title = {One}\n}\n")
        config = {"title": "T", "chapters": names}
        (tmp_path / "_quarto.yml").write_text(
            f"project: {{type: book}}\nbook: {json.dumps(config)}\nbibliography: references.bib\n"
        )
        return [str(problem).splitlines()[0] for problem in lint.problems(Book.read(tmp_path / "_quarto.yml"))]

    return linted


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([text("One.\n\nSee @fig-b.")], "cell 2 (text), line 3): @fig-b refers to nothing."),
        ([text("See @sec-nowhere.")], "cell 2 (text), line 1): @sec-nowhere refers to nothing."),
        ([text("As [see @amin2021, p. 3] found.")], "line 1): @amin2021 is not in the bibliography. Did you mean 'amin2020'?"),
        ([text("As @tip-x says.")], "references such as @tip-x are not supported."),
        ([text("Figure @fig-a shows."), code(FIGURE)], "line 1): 'Figure' before a reference."),
        ([text("See @fig-a."), code(FIGURE.replace('#| fig-alt: "Bars."\n', ""))], "cell 3 (fig-a), line 1): figure fig-a has no alternative text."),
        ([text("See @fig-a."), code(FIGURE.replace('"Bars."', '""'))], "figure fig-a has no alternative text."),
        ([text("See @fig-a."), code(FIGURE.replace('#| fig-cap: "What was found."\n', ""))], "figure fig-a has no caption."),
        ([text("See @tbl-a."), code("#| label: tbl-a\nshow()")], "cell 3 (tbl-a), line 1): table tbl-a has no caption."),
        ([code('#| fig-cap: "A"\n#| fig-alt: "B"\ndraw()')], "its figure has no label."),
        ([code('#| tbl-cap: "A"\nshow()')], "its table has no label."),
        ([code(FIGURE)], "cell 2 (fig-a), line 1): no sentence refers to fig-a."),
        ([text("See @fig-a."), code(FIGURE), code(FIGURE, "other")], "cell 4 (fig-a), line 1): the label fig-a stands twice in the book (first in chapter1.ipynb, cell 3 (fig-a))."),
        ([text("In all\n12% said so.")], "cell 2 (text), line 2): the number 12% is typed by hand."),
        ([text("See @fig-a."), code(FIGURE.replace("What was found", "What 31 people said"))], "line 2): the number 31 is typed by hand in fig-cap."),
        ([text("## One\n\n#### Two")], "cell 2 (text), line 3): heading 'Two' skips a level."),
        ([text("## One"), text("#### Two", "next")], "cell 3 (next), line 1): heading 'Two' skips a level."),
        ([text("# Again")], "line 1): 'Again' is a second title."),
        ([text("##  ")], "a heading has no words."),
        ([code("x = 1", outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}])], "cell 2 (code)): its outputs were left in."),
        ([code("x = 1", execution_count=3)], "its execution count was left in."),
        ([text("A `{python} x`.") | {"metadata": {"user_expressions": [{}]}}], "its inline values were left in."),
        ([text("One.\n\nHard-to-reach groups.")], "cell 2 (text), line 3): 'Hard-to-reach': "),
        ([text("See @fig-a."), code(FIGURE.replace("Bars.", "BAME groups."))], "line 3): 'BAME' in fig-alt: "),
        ([text("A `{python} release.number(`.")], "is not an expression of Python."),
        ([text("A {python} release.number('x').")], "an inline expression is not closed."),
        ([code("x = 1\ny = (")], "cell 2 (code), line 2): this is not Python: "),
        ([code("#| label: fig-a: b: c\ndraw()")], "its #| lines are not YAML."),
        ([text("See @fig-a."), code(FIGURE + "\n").copy() | {"source": FIGURE.replace("fig-alt", "fig-alts")}], "line 3): 'fig-alts' is not supported."),
        ([text("![](picture.png)")], "the picture picture.png has no alternative text."),
        ([FRONT | {"id": "second"}], "a raw cell cannot be published."),
        ([code('x = "/home/someone/data.csv"')], "line 1): a folder of one machine is typed."),
        ([code("release = open_release(release_folder)")], "no cell has the tag 'parameters'."),
        ([text("A.", "same"), text("B.", "same")], "cell 3 (same)): the id same stands twice in the notebook."),
    ],
)  # fmt: skip
def test_each_rule_says_where(found, cells, message):
    listed = found(cells)
    assert any(message in line for line in listed), listed
    assert all(line.startswith("chapter1.ipynb") for line in listed)


@pytest.mark.parametrize(
    "cells",
    [
        [text("See @fig-a and [-@fig-a], by [@amin2020]; write to a@example.org."), code(FIGURE)],
        [text("## One {#sec-one}\n\n### Two\n\n## Three\n\nSee @sec-one. In 2024 `{python} 12` of [5]{.typed} said so.")],
        [text("```\n# no heading, 12 numbers, @fig-x\n```\n\nAnd `code 12 @fig-y`, \\@handle.")],
        [text("> Quoted: hard-to-reach.\n\nSee [BAME in the title]{.title}.")],
        [text("<!-- @fig-note 12 -->\n\nText.")],
        [code("%matplotlib inline\n!ls\nx = 1")],
        [text("See @fig-a."), code('for name in names:\n    print(f"@tbl-data-{name}")'), code(FIGURE, "figure"), code('#| label: tbl-data-one\n#| tbl-cap: "One."\nshow()', "one")],
    ],
)  # fmt: skip
def test_what_is_well_is_left_alone(found, cells):
    assert found(cells) == []


def test_everything_is_listed_at_once_in_the_order_of_the_book(found):
    listed = found(
        [text("B 12.\n\n#### Deep"), code(FIGURE)],
        [text("See @fig-a and @fig-b.")],
    )
    assert [line.partition(":")[0] for line in listed] == [
        "chapter1.ipynb (cell 2 (text), line 1)",
        "chapter1.ipynb (cell 2 (text), line 3)",
        "chapter2.ipynb (cell 2 (text), line 1)",
    ]


def test_a_file_that_is_no_notebook_is_named(found, tmp_path):
    found([text("A.")])
    (tmp_path / "chapter1.ipynb").write_text("{")
    listed = lint.problems(Book.read(tmp_path / "_quarto.yml"))
    assert ["this is not a notebook" in str(problem) for problem in listed] == [True]


def test_stripping_takes_out_what_was_left_in(found, tmp_path, monkeypatch, capsys):
    output = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    assert found([code("x = 1", outputs=output, execution_count=2)])
    monkeypatch.setattr("sys.argv", ["lint", str(tmp_path / "_quarto.yml"), "--strip"])
    assert lint.main() == 0
    assert "chapter1.ipynb: outputs taken out" in capsys.readouterr().out


def test_the_projects_own_notebooks_are_clean():
    assert [str(problem) for problem in lint.problems(Book.read(ROOT / "notebooks" / "_quarto.yml"))] == []
