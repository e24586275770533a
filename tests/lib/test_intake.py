"""Inputs are asked for before anything runs: missing files, folders, and files that are no CSV in UTF-8."""

import pytest
from genequity import authored, check, config, intake
from genequity.errors import InputError

SECRET = "Testperson Surname"


@pytest.fixture
def study(monkeypatch):
    monkeypatch.chdir(config.ROOT)
    whole = config.complete(config.read(config.DEMONSTRATION), "study.yaml")
    whole["demonstration"] = None
    whole["survey"]["inputs"]["responses"] = "config/demo/survey_codebook.yaml"  # any file that is there
    return {**whole, **{name: None for name in config.SECTIONS if name != "survey"}}


def said(problem):
    return str(problem).splitlines()[0]


def test_every_missing_file_is_said_with_the_setting_that_names_it(study):
    study["themes"] = "no themes.csv"
    study["survey"]["inputs"]["margins"] = "my folder/no margins.csv"
    assert [said(problem) for problem in intake.problems(study)] == [
        "no themes.csv (themes): this file does not exist.",
        "my folder/no margins.csv (survey.inputs.margins): this file does not exist.",
    ]


def test_a_folder_is_no_file(study):
    study["survey"]["inputs"]["responses"] = "config/demo"
    assert [said(p) for p in intake.problems(study)] == ["config/demo (survey.inputs.responses): this is a folder."]


def test_the_demonstrations_own_inputs_are_still_to_come(monkeypatch):
    monkeypatch.chdir(config.ROOT)
    whole = config.complete(config.read(config.DEMONSTRATION), "study.yaml")
    whole["results"] = "nowhere"
    whole["survey"]["inputs"]["responses"] = "nowhere/demo/survey/responses.sav"
    assert [p for p in intake.problems(whole) if p.where.startswith("survey")] == []


def test_beside_a_path_nothing_else_is_one():
    projects = [{"path": "a b.qdpx", "format": "refi-qda", "coder": "A. Coder"}, {"path": "c.qdpx", "format": "x"}]
    found = list(config.named_paths({"projects": projects, "codebook": None}, "policy.inputs"))
    assert found == [
        ("policy.inputs.projects, entry 1.path", "a b.qdpx"),
        ("policy.inputs.projects, entry 2.path", "c.qdpx"),
    ]


def test_check_says_once_what_strands_share(study):
    study["themes"] = "no themes.csv"
    found = [problem for problems in check.problems(study).values() for problem in problems]
    assert sum(problem.file == "no themes.csv" for problem in found) == 1


@pytest.mark.parametrize(
    ("content", "message", "where"),
    [
        (b"", "the file is empty", ""),
        (b"\n \n", "the file is empty", ""),
        (b"PK\x03\x04 Testperson Surname", "this is a workbook or an archive, not a CSV", ""),
        ("id,name\n1,Testperson Surname\n".encode("utf-16"), "the text is in UTF-16 or is not text", ""),
        ("id,name\n1,Testperson Surn\xe4me\n".encode("latin-1"), "the text is not in UTF-8", "row 2"),
        (b"id;name\n1;Testperson Surname\n", "semicolons stand between the cells", "row 1"),
        (b"# made by us\nid\tname\n1\tTestperson Surname\n", "tabs stand between the cells", "row 1"),
    ],
)
def test_what_is_no_csv_is_said_without_its_content(tmp_path, content, message, where):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        intake.csv(path)
    (problem,) = caught.value.problems
    assert (problem.message, problem.where) == (message, where)
    assert "save it as CSV in UTF-8" in problem.do
    assert SECRET not in str(problem)


def test_a_csv_passes_with_a_byte_order_mark_and_its_own_separator(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes("\ufeffid,name\n1,caf\xe9\n".encode())
    intake.csv(path)
    path.write_bytes(b"id;name, given\n1;x\n")
    intake.csv(path, delimiter=";")


def test_a_long_file_is_not_cut_within_a_letter(tmp_path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"id,name\n" + "1,\xe9\xe9\xe9\n".encode() * 20_000)
    intake.csv(path)


def test_a_check_that_stops_is_told_without_what_the_library_said(study, monkeypatch):
    def stopped(section, whole):
        raise ValueError(f"could not convert string to float: {SECRET}")

    monkeypatch.setattr("genequity.survey.check.problems", stopped)
    study["study"]["data"] = "restricted"
    (problem,) = check.problems(study)["survey"]
    assert "the check itself stopped. An unexpected fault (ValueError)" in str(problem)
    assert SECRET not in str(problem)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("comparator", "Whte", "has no group 'Whte'. Did you mean 'White'?"),
        ("comparator", "Not stated", "has no group 'Not stated'."),
        ("grouping", "five_2012", "has no grouping 'five_2012'. Did you mean 'five_2021'?"),
    ],
)
def test_groups_that_the_scheme_does_not_have_stop_a_build_before_its_first_step(study, setting, value, message):
    assert intake.problems(study) == []
    study["ethnicity"][setting] = value
    (problem,) = intake.problems(study)
    assert problem.message == message
    assert problem.do == f"change ethnicity.{setting} in the config"
    assert [p.message for p in check.problems(study)["study"]] == [message]


def test_records_with_regions_need_the_list_of_regions(study):
    study["service"] = {"fields": {"region": "gms_region"}}
    assert intake.problems(study) == []
    study["regions"] = {"national": "England"}
    (problem,) = intake.problems(study)
    assert problem.where == "regions.lookup"
    assert "take service.fields.region out" in problem.do


def test_a_row_longer_than_the_header_is_no_table(tmp_path):
    """pandas would take the first column for an index and shift all others, without a word."""
    path = tmp_path / "themes.csv"
    path.write_text('# ours\ntheme,label\ntrust,"Trust, or not"\naccess,Access,\ntravel\n')
    with pytest.raises(InputError) as caught:
        intake.small(path)
    assert [(p.where, p.message) for p in caught.value.problems] == [
        ("row 4", "this row has 3 cells, the header has 2")
    ]
    path.write_text("theme,label\ntrust\n")
    assert authored.read(str(path), ["theme", "label"])["label"].tolist() == [""]


def test_themes_of_stages_and_outcomes_are_the_studys_own(study):
    study["service"] = {"fields": {}, "pathway": [{"id": "tested", "theme": "acess"}, {"id": "reported"}]}
    study["evidence"] = {"outcomes": [{"outcome": "Uptake", "theme": "trust"}]}
    (problem,) = intake.problems(study)
    assert problem.where == "service.pathway, tested"
    assert problem.message == "'acess' is not one of the study's themes. Did you mean 'access'?"


def test_an_unknown_release_profile_stops_before_anything_is_released(study):
    study["release"]["profile"] = "nsh"
    (problem,) = intake.problems(study)
    assert problem.where == "release.profile"
    assert [p.where for p in check.problems(study)["study"]] == ["release.profile"]


def test_a_code_without_a_group_is_said_before_anything_runs(tmp_path):
    scheme = tmp_path / "ethnicity.csv"
    scheme.write_text("# ours\ncode,label,kind,group\n1,White,valid,White\n,no answer,unknown,\n", encoding="utf-8")
    found = list(intake.group_problems({"scheme": str(scheme), "grouping": "group", "comparator": "White"}))
    assert [said(problem) for problem in found] == [f"{scheme} (row 4, column group): this code has no group."]
