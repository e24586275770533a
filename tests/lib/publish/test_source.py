import pytest
from genequity.publish import source


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("a `{python} x` b `{python} f(y)` c", ["x", "f(y)"]),
        ("`` `{python} x` ``", []),  # shown, not run
        ("```\n`{python} x`\n```\n`{python} y`", ["y"]),
        ("~~~~\n```\n`{python} x`\n~~~~", []),
        ("\\`{python} x\\` `{python} z`", ["z"]),
        ("`{python}x`", []),
        ("`plain`", []),
    ],
)
def test_inline_expressions_are_code_spans_of_one_tick(markdown, found):
    assert source.expressions(markdown) == found


def test_fill_replaces_expressions_only():
    text = "`{python} a` and `code` and `` `{python} b` ``: `{python} c`"
    assert source.fill(text, lambda place, code: f"<{place}{code}>") == "<0a> and `code` and `` `{python} b` ``: <1c>"


def test_options_are_the_leading_lines_only():
    options, code = source.split_options('#| label: fig-a\n#| fig-cap: "A: b"\nplot()\n#| not: one')
    assert options == {"label": "fig-a", "fig-cap": "A: b"}
    assert code == "plot()\n#| not: one"
