"""A study is one closed file: unknown keys name the nearest, contradictions are said, nothing else is merged in."""

import copy

import pytest
import yaml
from genequity import config
from genequity.errors import InputError

KEYWORDS = {
    *("type", "properties", "required", "additionalProperties", "description", "enum", "items", "minItems", "pattern"),
    *(
        "minimum",
        "maximum",
        "maxLength",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "uniqueItems",
        "anyOf",
        "oneOf",
    ),
    *(
        "const",
        "propertyNames",
        "minProperties",
        "maxItems",
        "$schema",
        "title",
        "default",
        "if",
        "then",
        "else",
        "not",
    ),
}


@pytest.fixture
def study():
    return config.read(config.ROOT / config.DEMONSTRATION)


def test_the_demonstration_is_complete_and_valid(study):
    whole = config.complete(study, "config.yaml")
    assert all(whole[section] for section in config.SECTIONS)


def test_an_unknown_setting_names_the_nearest_known_one(study):
    study["ethnicity"]["comparater"] = study["ethnicity"].pop("comparator")
    with pytest.raises(InputError) as caught:
        config.complete(study, "mine.yaml")
    text = str(caught.value)
    assert "mine.yaml (ethnicity): there is no setting 'comparater'. Did you mean 'comparator'?" in text
    assert "the setting 'comparator' is missing" in text


def test_all_problems_come_at_once(study):
    study["study"]["data"] = "secret"
    study["relaese"] = study.pop("release")
    with pytest.raises(InputError) as caught:
        config.complete(study, "mine.yaml")
    assert len(caught.value.problems) >= 3


def test_restricted_data_without_protection_are_refused(study):
    study["study"]["data"] = "restricted"
    study["demonstration"] = None
    del study["demonstration"]
    study["release"]["profile"] = "none"
    with pytest.raises(InputError, match="the data are restricted but the release profile is 'none'"):
        config.complete(study, "mine.yaml")


def test_synthetic_data_need_a_watermark(study):
    del study["study"]["watermark"]
    with pytest.raises(InputError, match="need a watermark"):
        config.complete(study, "mine.yaml")


def test_a_repeated_setting_is_an_error_with_its_line(tmp_path):
    path = tmp_path / "twice.yaml"
    path.write_text("study:\n  title: a\n  title: b\n")
    with pytest.raises(InputError, match="the setting 'title' stands twice"):
        config.read(path)


def test_dates_and_no_stay_text(tmp_path):
    path = tmp_path / "words.yaml"
    path.write_text("date: 2026-11-22\nanswer: no\non: true\n")
    assert config.read(path) == {"date": "2026-11-22", "answer": "no", "on": True}


def test_defaults_stand_under_a_study_and_never_replace_it(study):
    own = copy.deepcopy(study)
    section = next(name for name in config.STRANDS if yaml.safe_load(config.DEFAULTS.read_text()).get(name))
    defaults = yaml.safe_load(config.DEFAULTS.read_text())[section]["methods"]
    own[section].pop("methods", None)
    assert config.complete(own, "x")[section]["methods"] == defaults


def test_a_variable_becomes_the_public_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("GENEQUITY_REAL", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert config._expanded({"a": ["${GENEQUITY_REAL}/x.csv"]}) == {"a": ["./x.csv"]} or config._expanded(
        {"a": ["${GENEQUITY_REAL}/x.csv"]}
    ) == {"a": ["x.csv"]}


def test_every_schema_uses_json_schema_words_only():
    """In YAML an unquoted comma in a description would silently become a key of its own."""

    def walk(node, where):
        assert set(node) <= KEYWORDS, f"{where}: {sorted(set(node) - KEYWORDS)}"
        for name, item in node.get("properties", {}).items():
            walk(item, f"{where}.{name}")
            assert item.get("description"), f"{where}.{name} has no description"
        for key in ("items", "additionalProperties"):
            if isinstance(node.get(key), dict):
                walk(node[key], f"{where}.{key}")

    walk(config.schema(), "config")


def test_the_real_study_inherits_nothing_of_the_demonstration(study):
    real = config.complete(config.read(config.ROOT / "config" / "real.yaml"), "real.yaml")
    assert real["demonstration"] is None
    assert real["synthesis"] is None
    assert "results/demo" not in yaml.safe_dump(real)


def test_a_day_that_no_calendar_has_is_said(study):
    study["study"]["date"] = "2026-02-31"
    with pytest.raises(InputError, match="there is no such day"):
        config.complete(study, "mine.yaml")


def test_the_folder_of_results_has_a_name(study):
    study["results"] = ""
    with pytest.raises(InputError, match="results"):
        config.complete(study, "mine.yaml")
