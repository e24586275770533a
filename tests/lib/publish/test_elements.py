import pytest
from genequity.errors import InputError
from genequity.publish import elements, pandoc


def blocks(write_book, text, **more):
    return write_book({"index": f"# T\n\n{text}\n"}, **more).blocks[1:]


def said(found):
    return pandoc.text(found).strip()


@pytest.mark.parametrize("kind", elements.CALLOUTS)
def test_five_callouts_with_and_without_a_title(write_book, kind):
    bare, titled = blocks(write_book, f"::: {{.callout-{kind}}}\nx\n:::\n\n::: {{.callout-{kind}}}\n## Own\ny\n:::")
    assert [said(part) for part in bare["c"][1]] == [elements.CALLOUTS[kind], "x"]
    assert [said(part) for part in titled["c"][1]] == ["Own", "y"]
    assert dict(titled["c"][0][2]) == {"kind": kind}


def test_a_callout_takes_its_title_from_an_attribute(write_book):
    (found,) = blocks(write_book, '::: {.callout-note title="From attr"}\nx\n:::')
    assert said(found["c"][1][0]) == "From attr"


def test_shortcodes_are_replaced_in_text_and_left_alone_in_code(write_book):
    text = "Version {{< meta version >}}, *{{< meta book.title >}}*. `{{< meta version >}}`\n\n```\n{{< meta version >}}\n```"
    found = blocks(write_book, text, version="1.2.0", extra='version: "9"')
    assert said(found[0]) == "Version 1.2.0, T. {{< meta version >}}"
    assert found[1]["c"][1] == "{{< meta version >}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{< video x >}}", "the shortcode {{< video x >}} is not supported"),
        ("{{< meta nothing >}}", "meta has no value 'nothing'"),
        ("{{< var x.y >}}", "var has no value 'x.y'"),
        ("{{< include gone.qmd >}}", "cannot include 'gone.qmd'"),
        ("a {{< meta version", "a shortcode that is not closed"),
        ("::: {.panel-tabset}\n## A\nx\n:::", "class 'panel-tabset' is not supported"),
        ("::: {.column-margin}\nx\n:::", "class 'column-margin' is not supported"),
        ("[x]{.foo}", "class 'foo' is not supported"),
        ("::: {.callot-note}\nx\n:::", "Did you mean 'callout-note'?"),
        ("a<br>b", "raw html"),
        ('![C](gone.png){#fig-x fig-alt="a"}', "the picture gone.png cannot be used"),
        ("<video src='x'></video>", "raw html"),
        ("::: {.content-visible}\nx\n:::", "conditional content without a known format"),
        ('::: {.content-visible when-format="epub"}\nx\n:::', "without a known format"),
        ("| a |\n|---|\n| 1 |\n\n: {#tbl-x}\n", "has no caption"),
    ],
)
def test_what_is_not_supported_fails_by_name(write_book, text, message):
    with pytest.raises(InputError) as error:
        blocks(write_book, text)
    assert message in str(error.value)


def test_include_and_variables(write_book, tmp_path):
    (tmp_path / "part.md").write_text("Included *{{< var foo.bar >}}*.")
    (tmp_path / "_variables.yml").write_text("foo: {bar: VALUE}")
    assert said(blocks(write_book, "{{< include part.md >}}")) == "Included VALUE."


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ('.content-visible when-format="html"', {"html"}),
        ('.content-hidden when-format="html"', {"pdf", "docx"}),
        ('.content-visible unless-format="html"', {"pdf", "docx"}),
        ('.content-hidden unless-format="pdf"', {"pdf"}),
        ('.content-visible when-format="typst"', {"pdf"}),
    ],
)
def test_conditional_content(write_book, attributes, shown):
    found = blocks(write_book, f"::: {{{attributes}}}\nword\n:::\n\nand [span]{{{attributes}}}")
    for writer in ("html", "pdf", "docx"):
        text = said(elements.visible(found, writer))
        assert ("word" in text) == ("span" in text) == (writer in shown)


def test_comments_are_dropped(write_book):
    assert said(blocks(write_book, "<!-- secret -->\n\nText <!-- more --> here.")).split() == ["Text", "here."]


def test_headings_of_two_chapters_may_have_the_same_words(write_book):
    document = write_book({"a": "# A\n\n## Results\n\n[up](#results)\n", "b": "# B\n\n## Results\n"})
    ids = [block["c"][1][0] for block in document.blocks if block["t"] == "Header"]
    assert len(set(ids)) == len(ids) == 4
    link = next(block for block in document.blocks if block["t"] == "Para")["c"][0]
    assert link["c"][2][0] == "#a-results"


def test_a_table_says_that_its_data_are_synthetic(write_book):
    table = "| a |\n|---|\n| 1 |\n\n: Cap {#tbl-x}\n"
    (found,) = blocks(write_book, table, watermark="SYNTHETIC DATA: nobody real")
    assert said(found["c"][1]).endswith("Cap [SYNTHETIC DATA]")
    (plain,) = blocks(write_book, table)
    assert said(plain["c"][1]).endswith("Cap")
