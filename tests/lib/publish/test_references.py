"""Numbering and references as Quarto prints them (texts measured from Quarto's own output of such a book)."""

import pytest
from genequity.errors import InputError
from genequity.publish import pandoc

ALPHA = """# Alpha {#sec-a}

{refs}

![Cap X](x.png){{#fig-x fig-alt="a"}}

![Cap Y](x.png){{#fig-y fig-alt="a" width=50%}}

| a | b |
|---|---|
| 1 | 2 |

: Cap M {{#tbl-m}}

$$ x=1 $$ {{#eq-e}}

```{{#lst-c .python lst-cap="A listing"}}
x=1
```
"""
BETA = '# Beta\n\n## Beta one {#sec-b1}\n\n## Unnumbered {#sec-un .unnumbered}\n\n![Cap Z](x.png){#fig-z fig-alt="a"}\n'
APPENDIX = '# App {#sec-app}\n\n![c](x.png){#fig-app fig-alt="a"}\n\n## Part {#sec-part}\n'
PAGES = {"index": "# Pre {.unnumbered}\n\nWords.\n", "b": BETA, "app": APPENDIX}


def printed(write_book, refs: str) -> str:
    pages = {"index": PAGES["index"], "a": ALPHA.replace("{refs}", refs).replace("{{", "{").replace("}}", "}")}
    document = write_book(pages | {"b": BETA, "app": APPENDIX}, appendices=("app",))
    heading = next(n for n, b in enumerate(document.blocks) if b["t"] == "Header" and b["c"][1][0] == "sec-a")
    return pandoc.text(document.blocks[heading + 1]).replace("\u00a0", " ").strip()


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("@fig-x", "Figure 1.1"),
        ("[-@fig-x]", "1.1"),
        ("[Plate @fig-x]", "Plate 1.1"),
        ("[@fig-x; @tbl-m]", "Figure 1.1, Table 1.1"),
        ("[@fig-x; @fig-y]", "Figure 1.1, Figure 1.2"),
        ("@tbl-m", "Table 1.1"),
        ("[@tbl-m]", "Table 1.1"),
        ("@eq-e", "Equation 1.1"),
        ("@lst-c", "Listing 1.1"),
        ("@sec-a", "Chapter 1"),
        ("@sec-b1", "Section 2.1"),
        ("@fig-z", "Figure 2.1"),
        ("@sec-app", "Appendix A"),
        ("@sec-part", "Section A.1"),
        ("@fig-app", "Figure A.1"),
        ("@sec-un", "Unnumbered"),
    ],
)
def test_a_reference_prints_what_quarto_prints(write_book, reference, text):
    assert printed(write_book, f"See {reference} here.") == f"See {text} here."


def test_captions_begin_with_their_number(write_book):
    document = write_book({"a": ALPHA.replace("{refs}", "x").replace("{{", "{").replace("}}", "}")})
    captions = [pandoc.text(b["c"][1]) for b in document.blocks if b["t"] in ("Figure", "Table")]
    said = [text.replace("\u00a0", " ").strip() for text in captions]
    assert said == ["Figure 1.1: Cap X", "Figure 1.2: Cap Y", "Table 1.1: Cap M"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@fig-none", "@fig-none refers to nothing"),
        ("@fig-xx", "Did you mean 'fig-x'?"),
        ("Figure @fig-x", "leave out 'Figure'"),
        ("(Table @tbl-m)", "before a reference"),
        ("@thm-q", "references such as @thm-q are not supported"),
        ("@tip-t", "not supported"),
        ("@nobody2020", "@nobody2020 is not in references.bib"),
        ("[@fig-x; @nobody2020]", "stands among citations"),
        ("[a](#nowhere)", "a link to #nowhere"),
        ("### Deep", "skips a level"),
        ("# Second", "it has 2 titles"),
        ('![C](x.png){#fig-x fig-alt="a"}', "the label fig-x stands twice"),
        ("![C](x.png){#fig-new}", "has no alternative text"),
    ],
)
def test_what_cannot_be_resolved_fails_by_name(write_book, text, message):
    with pytest.raises(InputError) as error:
        printed(write_book, text)
    assert message in str(error.value)
    assert "a.qmd" in str(error.value)


def test_all_problems_are_told_at_once(write_book):
    with pytest.raises(InputError) as error:
        printed(write_book, "@fig-one and @tbl-two, due to hard-to-reach groups")
    assert len(error.value.problems) == 4


def test_what_stands_before_the_first_number_counts_through_the_book(write_book):
    table = "| a |\n|---|\n| 1 |\n\n: Cap {{#tbl-{0}}}\n"
    pages = {"index": "# One {.unnumbered}\n\n" + table.format("p"), "b": "# Two {.unnumbered}\n\n" + table.format("q")}
    document = write_book(pages)
    captions = [pandoc.text(b["c"][1]).replace("\u00a0", " ").strip() for b in document.blocks if b["t"] == "Table"]
    assert captions == ["Table 1: Cap", "Table 2: Cap"]
