import pytest
from genequity.errors import InputError
from genequity.publish import language, typed


@pytest.mark.parametrize(
    "text",
    [
        "Hard to reach groups",
        "hardly-reached is not listed but hard‑to‑reach is",
        "BAME staff",
        "B.M.E groups",
        "Caucasian patients",
        "non-compliant",
        "noncompliance",
        "a lack of awareness among patients",
        "non-White people",
        "Poverty causes delay",
        "delay was caused by distance",
        "this leads to delay",
        "delays led to harm",
        "due to travel",
        "the effect of ethnicity",
        "impact on uptake",
        "resulting in delay",
        "results in delays",
    ],
)
def test_listed_words_are_found(text):
    assert language.found(text)


@pytest.mark.parametrize(
    "text",
    [
        "random effects of the model",
        "the design effect of weighting",
        "The results in Table 3 show",
        "causes of illness",
        "associated with",
        "White and non-White Irish is not how we write",
    ][:5],
)
def test_other_words_are_not(text):
    assert language.found(text) == []


def failing(write_book, text):
    with pytest.raises(InputError) as error:
        write_book({"index": f"# T\n\n{text}\n"})
    return str(error.value)


def test_a_message_names_notebook_word_and_suggestion(write_book):
    message = failing(write_book, "We speak of hard-to-reach groups.")
    assert "index.qmd" in message
    assert "'hard-to-reach'" in message
    assert "underserved" in message


def test_headings_tables_captions_and_alternative_texts_are_read(write_book):
    table = "| Group |\n|---|\n| BAME |\n\n: The impact of it {#tbl-x}\n"
    message = failing(write_book, f'{table}\n\n## Caucasian\n\n![C](x.png){{#fig-x fig-alt="due to"}}')
    for word in ("BAME", "impact of", "Caucasian", "due to"):
        assert f"'{word}'" in message


def test_quotations_and_titles_are_exempt(write_book):
    text = "> It was due to them.\n\n[hard-to-reach]{.quote} and [The impact of BAME]{.title}\n\n::: {.quote}\nBME\n:::"
    assert write_book({"index": f"# T\n\n{text}\n"}).blocks


def test_words_in_a_figure_are_read():
    svg = "<svg><!-- Caucasian &amp; other --><path/><text x='1'>BAME</text></svg>"
    assert language.svg_text(svg) == ["Caucasian & other", "BAME"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We asked 1,234 people; 12% agreed (0.8 to 1.2).", ["1,234", "12%", "0.8", "1.2"]),
        ("In 2024, 2019–2021 and 2023/24", []),
        ("A 95% confidence interval, per 100,000 people, under WCAG 2.2 and version 1.2.0", []),
        ("`{python} x` and `3` and $x = 3$ and [5]{.typed}", []),
        ("[@page2021, pp. 3-4] and @fig-two-1 and [a](https://example.org/12)", []),
        ("1. First\n2. Second", []),
        ("::: {.x columns=2}\nHbA1c and I² and COVID-19\n:::", []),
        ("```\n12\n```", []),
        ("−3 points", ["−3"]),
    ],
)
def test_numbers_typed_by_hand_are_found(text, found):
    assert typed.numbers(text) == found
