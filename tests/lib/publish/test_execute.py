"""Execution: what is kept, what is refused, what a message says."""

import json
import shutil

import nbformat
import pytest
from genequity.errors import InputError
from genequity.publish import execute

PARAMETERS = 'release_folder = "release"'


def notebook(path, *cells, parameters=PARAMETERS):
    made = nbformat.v4.new_notebook()
    first = nbformat.v4.new_code_cell(parameters, id="p", metadata={"tags": ["parameters"]})
    made.cells = [first]
    for place, (kind, text) in enumerate(cells):
        new = nbformat.v4.new_markdown_cell if kind == "md" else nbformat.v4.new_code_cell
        made.cells.append(new(text, id=f"c{place}"))
    nbformat.write(made, path)
    return str(path)


@pytest.fixture
def run(tmp_path):
    release = tmp_path / "release"
    (release / "survey").mkdir(parents=True)
    (release / "study.json").write_text(json.dumps({"title": "T", "code_version": "0.1.0+abc", "strands": {}}))
    (release / "survey" / "numbers.csv").write_text(
        "key,value,unit,decimals,source_table,source_row,source_column,rule\n"
        "survey.respondents,1200,people,,survey/shares,a=b,n,survey_shares\n"
    )
    (release / "survey" / "secret.csv").write_text("a\n1\n")

    def go(*cells, inputs=("study.json", "survey/numbers.csv"), parameters=PARAMETERS):
        file = notebook(tmp_path / "one.ipynb", *cells, parameters=parameters)
        ran = execute.execute(
            file,
            str(tmp_path / "out.ipynb"),
            parameters={"release_folder": str(release)},
            inputs=[str(release / name) for name in inputs],
            cache=str(tmp_path / "cache"),
            date="2026-11-22",
        )
        return ran, nbformat.read(tmp_path / "out.ipynb", 4)

    go.release = release
    return go


OPEN = ("py", "from genequity.notebook import open_release\nrelease = open_release(release_folder)")


def test_outputs_are_kept_until_code_or_inputs_change(run):
    cells = [OPEN, ("md", "We had `{python} release.number('survey.respondents')` people."), ("py", "1 + 1")]
    ran, first = run(*cells)
    assert ran
    assert first.cells[3].metadata.user_expressions[0]["result"]["data"]["text/plain"] == "'1,200'"
    cells[1] = ("md", "Of all, `{python} release.number('survey.respondents')` answered.")
    cells[2] = ("py", "#| label: x\n1 + 1")
    ran, second = run(*cells)
    assert not ran  # text and options only
    assert second.cells[3].metadata.user_expressions == first.cells[3].metadata.user_expressions
    assert second.cells[4].outputs == first.cells[4].outputs
    facts = run.release / "study.json"
    facts.write_text(facts.read_text().replace("+abc", "+def"))
    assert not run(*cells)[0]  # the code version is no input of an output
    facts.write_text(facts.read_text().replace('"T"', '"U"'))
    assert run(*cells)[0]


def test_the_kernel_is_fixed_and_writes_nothing_to_the_home(run, monkeypatch, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    code = (
        "import os, sys\n(os.environ['PYTHONHASHSEED'], os.environ['SOURCE_DATE_EPOCH'], os.environ['OMP_NUM_THREADS'])"
    )
    _, done = run(("py", code))
    # 2026-11-22 00:00 UTC
    assert done.cells[2].outputs[0]["data"]["text/plain"] == "('0', '1795305600', '1')"
    assert list(home.iterdir()) == []


def test_a_missing_number_is_named_with_the_nearest_one(run):
    with pytest.raises(InputError) as error:
        run(OPEN, ("md", "`{python} release.number('survey.respondent')`"))
    message = str(error.value)
    assert "one.ipynb (cell 3 (c1))" in message
    assert "no released number has the key 'survey.respondent'. Did you mean 'survey.respondents'?" in message


def test_an_error_names_notebook_cell_and_exception(run):
    with pytest.raises(InputError, match=r"one\.ipynb \(cell fig-x\): ZeroDivisionError: division by zero"):
        run(("py", "#| label: fig-x\n1 / 0"))


def test_a_file_that_was_not_declared_is_not_there(run):
    with pytest.raises(InputError, match="FileNotFoundError"):
        run(("py", "open(release_folder + '/survey/secret.csv').read()"))


@pytest.mark.parametrize("code", ["import os; os.getcwd()", "release_folder", "print(release_folder)"])
def test_no_folder_of_this_machine_gets_into_an_output(run, code):
    with pytest.raises(InputError, match="a folder of this machine"):
        run(("py", code))


def test_the_code_version_is_left_to_the_shortcode(run):
    with pytest.raises(InputError, match=r"meta code_version"):
        run(OPEN, ("py", "release.study['code_version']"))


def test_the_injected_cell_keeps_the_last_part_of_a_path(run):
    _, done = run(("py", "1"))
    assert done.cells[1].source == "# Injected parameters\nrelease_folder = 'release'"


def test_a_value_with_a_memory_address_is_refused(run):
    with pytest.raises(InputError, match="no form that can be published"):
        run(("py", "object()"))


def test_figures_come_as_svg_and_png_once_and_the_same_each_time(run, tmp_path):
    figure = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); ax.plot([1, 2])\n"
    texts = []
    for _ in range(2):
        _, done = run(("py", figure + "fig"), ("py", figure + "plt.show()"))
        assert [len(cell.outputs) for cell in done.cells[2:]] == [1, 1]
        assert all({"image/svg+xml", "image/png"} == set(cell.outputs[0]["data"]) for cell in done.cells[2:])
        texts.append((tmp_path / "out.ipynb").read_text())
        shutil.rmtree(tmp_path / "cache" / "outputs")
    assert texts[0] == texts[1]


def test_a_notebook_without_the_parameters_tag_is_refused(tmp_path):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", id="a")])
    nbformat.write(made, tmp_path / "n.ipynb")
    with pytest.raises(InputError, match="no cell has the tag 'parameters'"):
        execute.execute(
            str(tmp_path / "n.ipynb"), str(tmp_path / "o.ipynb"), parameters={"a": 1}, inputs=[], cache=str(tmp_path)
        )
