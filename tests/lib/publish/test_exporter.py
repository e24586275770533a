import pytest
from genequity.errors import InputError
from genequity.publish import exporter, pandoc
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"></svg>'


def figure(options):
    output = new_output("display_data", {"image/svg+xml": SVG})
    return new_code_cell(f"{options}\nplot()", id="f", outputs=[output])


def exported(*cells, **execute):
    resources = {"metadata": {"name": "survey"}, "execute": {"echo": False, **execute}}
    return exporter.BookExporter().from_notebook_node(new_notebook(cells=list(cells)), resources)


def test_nbconvert_knows_the_exporter():
    from nbconvert.exporters import get_exporter

    assert get_exporter("genequity") is exporter.BookExporter


@pytest.mark.parametrize("text", ['a "b" c', "back\\slash", "<b> & &amp;", "{x} 'y' $5 *e* [z]", "a\nb"])
def test_alternative_text_reads_back_as_written(text):
    image = pandoc.parse(f"![]({'m.svg'}){{alt={exporter.quoted(text)}}}")[0]["c"][0]
    assert dict(image["c"][0][2])["alt"] == " ".join(text.split())


@pytest.mark.parametrize("text", ["A_b *c* [d] `e` $f$ <g> #h ~i~ ^j^ |k| {l} @m", "1. x", "12%"])
def test_inline_strings_are_text_not_markup(text):
    blocks = pandoc.parse("x " + exporter.inline_value({"text/plain": repr(text)}))
    assert pandoc.text(blocks).strip() == f"x {text}"


def test_figure_with_label_caption_and_alternative_text():
    text, resources = exported(figure('#| label: fig-a\n#| fig-cap: "Cap [x] *y*"\n#| fig-alt: "Says it."'))
    assert resources["outputs"] == {"media/fig-a.svg": SVG.encode()}
    assert "#fig-a .cell-figure" in text
    assert "Cap [x] *y*" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("#| label: fig-a\n#| fig-cap: C", "has no alternative text"),
        ("#| label: fig-a\n#| fig-alt: A", "has no caption"),
        ("#| fig-cap: C\n#| fig-alt: A", "has no label"),
        ("#| label: fig-a\n#| fig-cap: C\n#| fig-alt: A\n#| fig-width: 3", "'fig-width' is not supported"),
        ("#| label: fig-a\n#| fig-cap: C\n#| fig-atl: A", "'fig-atl' is not supported. Did you mean 'fig-alt'?"),
        ('#| label: "fig a"', "does not match"),
        ("#| fig-cap: a: b", "not YAML"),
    ],
)
def test_a_figure_that_lacks_something_is_refused(options, message):
    with pytest.raises(InputError) as error:
        exported(figure(options))
    assert message in str(error.value)
    assert "survey.ipynb" in str(error.value)


def test_a_cell_that_promises_a_figure_must_make_one():
    cell = new_code_cell("#| label: fig-a\n#| fig-cap: C\n#| fig-alt: A\n1", id="f")
    with pytest.raises(InputError, match="fig-a makes no figure"):
        exported(cell)


@pytest.mark.parametrize("kind", ["application/vnd.jupyter.widget-view+json", "application/javascript"])
def test_widgets_and_scripts_are_refused(kind):
    cell = new_code_cell("w", id="w", outputs=[new_output("display_data", {kind: "{}", "text/html": "x"})])
    with pytest.raises(InputError, match="widget"):
        exported(cell)


def test_streams_follow_output_and_warning():
    outputs = [new_output("stream", name="stdout", text="**bold**"), new_output("stream", name="stderr", text="noise")]
    shown, _ = exported(new_code_cell("p()", id="a", outputs=outputs), warning=False)
    assert "{.cell-output}\n**bold**" in shown
    assert "noise" not in shown
    asis, _ = exported(new_code_cell("#| output: asis\np()", id="a", outputs=outputs), warning=False)
    assert "\n\n**bold**\n" in asis
    assert "cell-output" not in asis
    nothing, _ = exported(new_code_cell("#| output: false\np()", id="a", outputs=outputs))
    assert "bold" not in nothing


def test_code_is_shown_only_when_asked():
    cell = new_code_cell("#| echo: true\n#| code-fold: true\nx = 1", id="a")
    assert '.cell-code fold="true"' in exported(cell)[0]
    assert "x = 1" not in exported(new_code_cell("x = 1", id="a"))[0]


def test_front_matter_is_a_closed_set():
    with pytest.raises(InputError, match="'titel' is not supported"):
        exported(new_raw_cell("---\ntitel: A\n---", id="r"))
    with pytest.raises(InputError, match="a raw cell cannot be published"):
        exported(new_markdown_cell("x", id="m"), new_raw_cell("y", id="r"))


def test_an_inline_value_that_was_not_computed_is_refused():
    with pytest.raises(InputError, match="were not computed"):
        exported(new_markdown_cell("`{python} x`", id="m"))


def test_fences_are_longer_than_what_they_hold():
    assert exporter.fenced("a\n````\nb", "{.x}").startswith("````` ")
    assert exporter.div(".a", ":::: {.b}\nx\n::::").startswith("::::: ")
