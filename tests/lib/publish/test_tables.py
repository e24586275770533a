from genequity.publish import pandoc, tables
from genequity.publish.exporter import HTML


def read(html):
    problems = []
    found = tables.from_html([pandoc.raw(HTML, html)], lambda message, **_: problems.append(message))
    return found, problems


def cells(table, row=0):
    return [pandoc.text(cell[4]).strip() for cell in table["c"][4][0][3][row][1]]


def aligns(table):
    return [column[0]["t"] for column in table["c"][2]]


ROW = "<table><thead><tr><th>{0}</th><th>{1}</th></tr></thead><tbody><tr>{2}</tr></tbody></table>"


def test_alignment_comes_from_style_class_or_content():
    (own,), _ = read(ROW.format("A", "B", '<td style="text-align: center">x</td><td style="text-align:right">y</td>'))
    assert aligns(own) == ["AlignCenter", "AlignRight"]
    (gt,), _ = read(ROW.format("A", "B", '<td class="gt_row gt_right">x</td><td class="gt_row gt_left">1</td>'))
    assert aligns(gt) == ["AlignRight", "AlignLeft"]
    (free,), _ = read(ROW.format("A", "B", "<td>word</td><td>1,234 (5%)</td>"))
    assert aligns(free) == ["AlignLeft", "AlignRight"]


def test_headings_stand_over_their_columns():
    (found,), _ = read(ROW.format("A", "B", "<td>word</td><td>12.5%</td>"))
    assert [cell[1]["t"] for cell in found["c"][3][1][0][1]] == ["AlignLeft", "AlignRight"]


def test_a_foot_note_mark_never_runs_into_a_number():
    mark = '<span class="gt_footnote_marks" style="x"><sup>1</sup></span>'
    (found,), _ = read(ROW.format("A", "B", f"<td>x</td><td>{mark} 0.821</td>"))
    plain = found["c"][4][0][3][0][1][1][4][0]["c"]
    assert [part["t"] for part in plain] == ["Str", "Superscript"]
    assert plain[0]["c"] == "0.821"


def test_row_headers_spans_and_notes_survive():
    html = (
        '<table><thead><tr><th rowspan="2">A</th><th colspan="2">Both</th></tr><tr><th>b</th><th>c</th></tr></thead>'
        '<tbody><tr><th scope="row">x</th><td>1</td><td>2</td></tr></tbody></table><p class="table-note">Note.</p>'
    )
    (table, note), _ = read(html)
    assert table["c"][4][0][1] == 1  # one row header column
    assert [cell[3] for cell in table["c"][3][1][0][1]] == [1, 2]
    assert pandoc.text(note).strip() == "Note."


def test_styles_and_ids_of_the_notebook_are_dropped():
    html = "<style>td {color: red}</style>" + ROW.format("A", "B", '<td id="q" class="z" headers="h">x</td><td>1</td>')
    (found,), _ = read(html)
    assert cells(found) == ["x", "1"]
    assert found["c"][4][0][3][0][1][0][0] == ["", [], []]


def test_scripts_and_pictures_in_html_are_refused():
    for tag in ("script", "iframe", "img", "input"):
        assert f"<{tag}>" in read(f"<div><{tag} src='x'></div>")[1][0]


def test_widths_fill_the_measure_and_follow_the_text():
    (found,), _ = read(ROW.format("A", "B", f"<td>short</td><td>{'many words ' * 40}</td>"))
    first, second = (column[1]["c"] for column in found["c"][2])
    assert abs(first + second - 1) < 0.001
    assert second > 4 * first


def widths_of(cells, rows=3):
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    head = "".join(f"<th>{letter}</th>" for letter, _ in zip("ABCDE", cells, strict=False))
    (found,), _ = read(f"<table><thead><tr>{head}</tr></thead><tbody>{f'<tr>{row}</tr>' * rows}</tbody></table>")
    return [column[1]["c"] * tables.WIDE for column in found["c"][2]]


WORDS = "agree or strongly agree that travelling to an appointment for a genomic test would be difficult"


def test_a_number_with_its_interval_stays_on_one_line_where_the_measure_allows():
    """Columns of words give way: what reads badly over two lines has its whole width."""
    widths = widths_of([WORDS, WORDS, "−22.6 (−29.7 to −15.4)"])
    assert widths[2] >= tables._width("−22.6 (−29.7 to −15.4)") + 0.75 * tables.PAD


def test_a_day_stays_on_one_line_where_that_makes_the_table_no_longer():
    day, short = "30 September 2027", "Report access by group each year"
    assert widths_of([short, "National commissioner of services", day, "agreed by the whole panel"])[2] >= (
        tables._width(day) + 0.75 * tables.PAD
    )
    assert widths_of([WORDS * 2, day, WORDS, WORDS, WORDS])[1] < tables._width(day)


def test_words_held_together_by_a_no_break_space_count_as_one():
    """Else the head of a narrow column would run into the next one."""
    head = "<thead><tr><th>With\u00a0outcome</th><th>A</th></tr></thead>"
    (found,), _ = read(f"<table>{head}<tbody><tr><td>1</td><td>{'long words ' * 30}</td></tr></tbody></table>")
    assert found["c"][2][0][1]["c"] * tables.WIDE >= tables._width("With\u00a0outcome", bold=True)
