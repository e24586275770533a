"""A new study's folder: short, complete, closed to git but for its pages, and refused where something lies."""

import subprocess

import pytest
from genequity import config, verbs
from genequity.study import new

DAY = "2026-11-22"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "a place" / "my-study"


def test_the_config_is_one_page_and_valid_with_any_strand(folder):
    new.make(folder, ["policy"], date=DAY)
    assert (folder / "study.yaml").read_text() == new._config("My study", DAY, ["policy"])
    for strand in config.STRANDS:
        (folder / "study.yaml").write_text(new._config("My study", DAY, [strand]))
        assert len((folder / "study.yaml").read_text().splitlines()) <= 40
        whole = config.load(folder / "study.yaml")
        assert [name for name in config.STRANDS if whole[name]] == [strand]
        assert whole["study"]["date"] == DAY


def test_without_strands_all_are_comments_that_can_be_taken_away(folder):
    new.make(folder, date=DAY)
    text = (folder / "study.yaml").read_text()
    own = config.parse(text, "study.yaml")
    assert not set(own) & set(new.SWITCHES)
    on = "\n".join(
        line.removeprefix("# ") if line.startswith(("# ", "#   ")) else line for line in text.splitlines()[2:]
    )
    switched = config.parse(on.replace("A strand is on", "# A strand is on"), "study.yaml")
    assert set(new.SWITCHES) <= set(switched)
    assert list(config.schema_problems(switched, "study.yaml")) == []


def test_every_strand_has_templates_in_both_formats_and_their_sentences(folder):
    new.make(folder, date=DAY)
    for section in new.SWITCHES:
        there = {path.name for path in (folder / "inputs" / section).iterdir()}
        tables = {name.removesuffix(".xlsx") for name in there if name.endswith(".xlsx")}
        assert tables
        assert {f"{name}.csv" for name in tables} <= there
        assert "about-the-columns.txt" in there


def test_the_readme_fits_a_page_and_names_three_commands(folder):
    new.make(folder, date=DAY)
    text = (folder / "README.md").read_text()
    assert text.startswith("# My study\n")
    assert len(text.splitlines()) <= 45
    assert text.count("\nmake ") == 3


def test_git_sees_the_pages_and_no_data(folder):
    new.make(folder, date=DAY)
    (folder / "results" / "report").mkdir(parents=True)
    (folder / "results" / "report" / "report.html").write_text("x")
    (folder / "inputs" / "survey" / "people.sav").write_text("x")
    (folder / "people.csv").write_text("x")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    done = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert sorted(done.stdout.splitlines()) == sorted(new.PAGES)


def test_a_folder_that_holds_something_is_refused_and_left_alone(folder, capsys):
    folder.mkdir(parents=True)
    (folder / "thesis.docx").write_text("all I have")
    assert new.main([str(folder), "--called", "my-study"]) == 2
    assert [path.name for path in folder.iterdir()] == ["thesis.docx"]
    assert "is there and not empty" in capsys.readouterr().err


def test_an_empty_folder_is_used(folder):
    folder.mkdir(parents=True)
    assert new.main([str(folder)]) == 0


@pytest.mark.parametrize(
    ("strands", "name", "said"),
    [
        (["servey"], "s", "There is no strand 'servey'. Did you mean 'survey'?"),
        (["recommendations", "survey"], "s", "Recommendations need synthesis"),
        (["synthesis"], "s", "Name at least one of policy"),
        ([], "a {b}", "takes for a pattern"),
    ],
)
def test_what_cannot_be_made_is_said(tmp_path, strands, name, said):
    assert said in new.refusal(tmp_path / name, strands)


def test_the_hints_name_the_folder_as_it_was_written(folder, capsys):
    assert new.main([str(folder), "--called", "../a place/my-study", "--strands", "survey,interviews"]) == 0
    said = capsys.readouterr().out
    assert "make check STUDY='../a place/my-study'" in said
    assert "the templates of survey, interviews." in said


def test_two_studies_made_on_one_day_are_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        new.make(tmp_path / name / "study", ["survey"], date=DAY)
    first = {
        path.relative_to(tmp_path / "a"): path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file()
    }
    other = {
        path.relative_to(tmp_path / "b"): path.read_bytes() for path in (tmp_path / "b").rglob("*") if path.is_file()
    }
    assert first == other


def test_the_verb_needs_a_name(capsys):
    assert verbs.run(["new"]) == 2
    assert "make new STUDY=my-study" in capsys.readouterr().err
