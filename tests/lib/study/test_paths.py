"""Where a study's paths count from, and the page that shows its whole config."""

import shutil

import pytest
from genequity import commands, config, resolved, verbs
from genequity.errors import InputError


@pytest.fixture
def study(made, tmp_path):
    return shutil.copytree(made, tmp_path / "My place" / "my study")


def test_paths_count_from_the_study_wherever_it_lies(study, tmp_path, monkeypatch):
    monkeypatch.chdir(config.ROOT)
    whole = config.load(study / "study.yaml")
    assert whole["results"] == str(study / "results")
    assert whole["survey"]["inputs"]["codebook"] == str(study / "inputs" / "survey" / "codebook.xlsx")
    assert whole["ethnicity"]["scheme"] == "config/schemes/nhs2001.csv"
    shutil.move(study, tmp_path / "moved")
    assert config.load(tmp_path / "moved" / "study.yaml")["themes"] == str(
        tmp_path / "moved" / "inputs" / "themes.xlsx"
    )


def test_inside_the_folder_that_runs_paths_stay_short(study, monkeypatch):
    monkeypatch.chdir(study.parent)
    assert config.load("my study/study.yaml")["themes"] == "my study/inputs/themes.xlsx"
    monkeypatch.chdir(study)
    assert config.load("study.yaml")["results"] == "results"


def test_every_path_of_a_study_is_moved_and_nothing_else():
    own = {
        "paths_from": "study",
        "results": "out",
        "themes": "/absolute/themes.csv",
        "ethnicity": {"scheme": "${GENEQUITY}/config/schemes/nhs2001.csv", "grouping": "five_2021"},
        "survey": {
            "inputs": {"responses": "a.sav", "margins": None},
            "ethnicity": {"scheme": "s.csv"},
            "sample": "a/b",
        },
        "policy": {"inputs": {"projects": [{"path": "c.qdpx", "format": "refi-qda"}], "texts": ["t.txt"]}},
        "service": {"rates": {"denominators": {"scheme": "d.csv", "source": "a/b"}}, "inputs": {"extract": "e.csv"}},
    }
    found = config.rooted(own, "/elsewhere/my study")
    at = "/elsewhere/my study/"
    assert found["results"] == f"{at}out"
    assert found["themes"] == "/absolute/themes.csv"
    assert found["ethnicity"] == own["ethnicity"]
    assert found["survey"]["inputs"] == {"responses": f"{at}a.sav", "margins": None}
    assert found["survey"]["ethnicity"]["scheme"] == f"{at}s.csv"
    assert found["survey"]["sample"] == "a/b"
    assert found["policy"]["inputs"] == {
        "projects": [{"path": f"{at}c.qdpx", "format": "refi-qda"}],
        "texts": [f"{at}t.txt"],
    }
    assert found["service"]["rates"]["denominators"] == {"scheme": f"{at}d.csv", "source": "a/b"}


@pytest.mark.parametrize("file", ["config/config.yaml", "config/real.yaml"])
def test_studies_that_do_not_ask_keep_their_paths(file, monkeypatch):
    monkeypatch.chdir(config.ROOT)
    own = config.read(file)
    assert config.rooted(own, "/elsewhere") == own
    assert config.results(file) == own.get("results", "results")


def test_the_folder_of_results_is_found_without_loading_the_study(study, monkeypatch):
    monkeypatch.chdir(config.ROOT)
    assert config.results(study / "study.yaml") == str(study / "results")
    assert str(commands.results(str(study / "study.yaml"))) == str(study / "results")
    (study / "study.yaml").write_text("study: [")
    assert config.results(study / "study.yaml") == "results"


def test_a_study_may_be_named_by_its_folder(study):
    assert verbs.from_root("my study", study.parent) == str(study / "study.yaml")
    assert verbs.from_root(".", study) == str(study / "study.yaml")
    assert verbs.from_root("config/real.yaml", config.ROOT) == "config/real.yaml"


def test_a_backslash_in_double_quotes_is_answered_in_plain_words(tmp_path):
    (tmp_path / "study.yaml").write_text('themes: "inputs\\survey\\themes.xlsx"\n')
    with pytest.raises(InputError) as caught:
        config.read(tmp_path / "study.yaml")
    (problem,) = caught.value.problems
    assert problem.message == "a backslash stands between double quotes"
    assert problem.do.startswith("write paths with /")


@pytest.mark.parametrize("file", ["config/config.yaml", "config/real.yaml"])
def test_the_page_of_the_config_is_the_config(file):
    own = config.read(config.ROOT / file)
    text = resolved.text(own)
    assert config.parse(text, "run_config.yaml") == config.filled(own)
    assert resolved.text(dict(reversed(own.items()))) == text


def test_the_page_says_what_comes_from_where(study):
    text = resolved.text(config.read(study / "study.yaml"))
    lines = text.splitlines()
    assert "# survey: from the study: inputs, sample, weighting; defaults: methods, voice" in lines
    assert "    small_base: 30  # default" in lines
    assert "  sample: probability" in lines
    assert "# policy: not supplied" in lines
    assert "  scheme: ${GENEQUITY}/config/schemes/nhs2001.csv" in lines
    assert str(study) not in text
    assert str(config.ROOT) not in text


def test_a_setting_that_repeats_a_default_is_still_the_studys(study):
    own = config.read(study / "study.yaml")
    own["survey"]["methods"] = {"small_base": 30}
    lines = resolved.text(own).splitlines()
    assert "    small_base: 30" in lines
    assert "    level: 0.95  # default" in lines


def test_nothing_of_the_demonstration_stands_under_a_new_study(study):
    """What is not said comes from the neutral defaults: no value of the demonstration's own file."""
    own, demonstration = config.read(study / "study.yaml"), config.read(config.ROOT / config.DEMONSTRATION)
    whole = config.filled(own)
    defaults = config.parse(config.DEFAULTS.read_text(encoding="utf-8"), "defaults")
    assert whole["survey"]["methods"] == defaults["survey"]["methods"]
    assert "config/demo" not in resolved.text(own)
    for section in config.STRANDS:
        if section != "survey":
            assert whole[section] is None
    assert whole["study"]["title"] != demonstration["study"]["title"]
    assert whole["study"]["seed"] != demonstration["study"]["seed"]
