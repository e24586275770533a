"""The steps of the recommendations: from the register to votes and numbers, and what stops them."""

import itertools
import runpy

import pandas as pd
import pytest
import yaml
from genequity import config, numbers, tables
from genequity.config import ROOT
from genequity.errors import InputError
from genequity.recommendations import check

DEMO = ROOT / "config" / "demo"
TABLES = (
    *("panel", "panel_groups", "rounds", "decisions", "stability", "attrition", "breadth", "sensitivity"),
    *("rule", "rule_changes", "accord", "comments", "trace", "tally"),
)
STUDY = config.load(ROOT / config.DEMONSTRATION)


def step(name, strand="recommendations"):
    return runpy.run_path(str(ROOT / f"workflow/scripts/{strand}/{name}.py"), run_name="step")["main"]


def entries():
    return yaml.safe_load((DEMO / "recommendations.yaml").read_text(encoding="utf-8"))["recommendations"]


def cited():
    return sorted({identifier for entry in entries() for identifier in entry["evidence"]})


@pytest.fixture
def study(tmp_path):
    """The demonstration's recommendations on a findings register that holds just what they cite."""
    rows = [
        {
            "id": identifier,
            "strand": identifier.split(".")[0],
            "theme": "trust",
            "statement": f"Statement of {identifier}.",
            "voice": "public",
            "direction": "described",
            "certainty": "not graded",
            "source_table": "a/b",
            "source_row": "c=d",
            "headline": False,
            "source_file": "release/a/b.csv",
            "source_line": 2,
            "source_rows": 1,
        }
        for identifier in cited()
    ]
    frame = pd.DataFrame(rows).reindex(columns=list(tables.schema("synthesis/register").columns))
    tables.write(frame, tmp_path / "findings.csv", "synthesis/register")
    return tmp_path


def register(study):
    out = {name: str(study / f"{name}.csv") for name in ("register", "organisations", "co_design", "gripp2", "history")}
    out["assessed"] = str(study / "assessments.csv")
    step("register")(
        str(DEMO / "recommendations.yaml"),
        str(DEMO / "organisations.csv"),
        str(study / "findings.csv"),
        **out,
        action_verbs=STUDY["recommendations"]["methods"]["action_verbs"],
        study_date="2026-11-22",
        involvement={},
        co_design_log=str(DEMO / "co_design_log.csv"),
        assessments=str(DEMO / "assessments.csv"),
    )


def vote(study, *, panel=True, release_comments=True, profile="nhse", least_k=8, planted="", refused=""):
    given = {}
    if panel:
        members, ratings = str(DEMO / "panel_members.csv"), str(study / "ratings.csv")
        step("recommendations", "demo")(str(DEMO / "truth.yaml"), members, ratings, seed=1)
        if planted:
            text = (study / "ratings.csv").read_text()
            (study / "ratings.csv").write_text(text.replace("could not be rated", planted))
        given = {"panel_members": members, "panel_items": str(DEMO / "panel_items.csv"), "panel_ratings": ratings}
    out = {name: str(study / f"{name}.csv") for name in TABLES}
    (study / "names.txt").write_text(refused)
    own = STUDY["recommendations"]
    declared = str(ROOT / own["inputs"]["consensus_declaration"])
    facts = {name: STUDY[name] for name in ("ethnicity", "regions")}
    facts["ethnicity"] = facts["ethnicity"] | {"scheme": str(ROOT / facts["ethnicity"]["scheme"])}
    facts["regions"] = facts["regions"] | {"lookup": str(ROOT / facts["regions"]["lookup"])}
    options = {
        "section": own
        | {"inputs": own["inputs"] | {"consensus_declaration": declared}}
        | {"methods": own["methods"] | {"release_comments": release_comments, "least_k": least_k}},
        "study": facts | {"date": "2026-11-22", "watermark": "SYNTHETIC DATA", "profile": profile, "evidence": True},
        "seed": 1,
    }
    out |= {"sheets": str(study / "sheets"), "panel_comments": str(study / "panel_comments.qdpx")}
    names = {"names_file": [str(study / "names.txt")], "lists": []}
    files = [str(study / "register.csv"), str(study / "findings.csv"), str(ROOT / STUDY["themes"])]
    step("panel")(*files, str(study / "votes.csv"), **out, **given, **names, **options)


def follow(study):
    shown = study / "released"
    names = [name for name in TABLES if (study / f"{name}.csv").exists()]
    step("release")(
        [str(study / f"{name}.csv") for name in names],
        [str(shown / f"{name}.csv") for name in names],
        str(shown / "numbers.csv"),
        profile="nhse",
    )
    return numbers.read(shown / "numbers.csv")


def test_from_register_to_numbers(study):
    register(study)
    vote(study)
    said = follow(study)
    traced = tables.read(study / "trace.csv", "recommendations/trace")
    assert sorted(traced["finding"].unique()) == cited()
    assert traced["recommendation"].nunique() == len(entries())
    assert numbers.look_up(said, "recommendations.recommendations") == str(len(entries()))
    assert numbers.look_up(said, "recommendations.panellists_first") == "48"
    assert numbers.look_up(said, "recommendations.panellists_last") == "39"


def test_a_finding_that_vanishes_fails_the_build_naming_the_recommendation(study):
    found = tables.read(study / "findings.csv", "synthesis/register")
    gone = entries()[0]["evidence"][0]
    tables.write(found[found["id"] != gone], study / "findings.csv", "synthesis/register")
    with pytest.raises(InputError) as error:
        register(study)
    text = str(error.value)
    assert f"{entries()[0]['id']} rests on finding {gone}, which is not in the findings register" in text
    users = [entry["id"] for entry in entries() if gone in entry["evidence"]]
    assert len(error.value.problems) == len(users)


def test_recommendations_without_a_panel_are_not_called_agreed(study):
    register(study)
    vote(study, panel=False)
    said = follow(study)
    assert numbers.look_up(said, "recommendations.not_rated") == str(len(entries()))
    assert numbers.look_up(said, "recommendations.agreed") == "0"
    assert "recommendations.panellists_first" not in set(said["key"])


def test_two_demonstration_panels_from_one_seed_are_the_same(study):
    members = str(DEMO / "panel_members.csv")
    for name in ("a", "b"):
        step("recommendations", "demo")(str(DEMO / "truth.yaml"), members, str(study / f"{name}.csv"), seed=7)
    assert (study / "a.csv").read_bytes() == (study / "b.csv").read_bytes()


def section(tmp_path, **files):
    own = STUDY["recommendations"]
    inputs = {
        name: None if name == "panel_ratings" or path is None else str(ROOT / path)
        for name, path in own["inputs"].items()
    }
    inputs["panel_ratings"] = str(tmp_path / "ratings.csv")
    return own | {"inputs": inputs | files}, STUDY


def test_check_finds_nothing_wrong_with_the_demonstration(tmp_path):
    settings, study = section(tmp_path)
    assert check.problems(settings, study) == []


def test_check_lists_problems_of_all_files_at_once(tmp_path):
    broken = entries()[0] | {"organisation": "stakeholders"}
    (tmp_path / "r.yaml").write_text(yaml.safe_dump({"recommendations": [broken, *entries()[1:]]}))
    head = "round,panellist,item,rating,comment\n"
    (tmp_path / "ratings.csv").write_text(head + "1,P01,I01,12,\n")
    settings, study = section(tmp_path, register=str(tmp_path / "r.yaml"))
    found = check.problems(settings, study)
    assert [problem.where for problem in found] == ["line 2, organisation", "row 2, column rating"]


def test_a_panel_without_its_items_is_a_problem(tmp_path):
    settings, study = section(tmp_path, panel_items=None)
    found = check.problems(settings, study)
    assert [problem.message for problem in found] == ["the panel is given without panel_items"]


def comments(study):
    return tables.read(study / "comments.csv", "recommendations/comments")


def test_comments_leave_only_when_the_study_says_so(study):
    register(study)
    vote(study, release_comments=False)
    assert comments(study).empty
    vote(study, panel=False)
    assert comments(study).empty
    vote(study)
    planted = config.read(DEMO / "truth.yaml")["recommendations"]
    said = comments(study)
    assert len(said) == sum(planted["comments"].values())
    cast = pd.read_csv(study / "votes.csv").dropna(subset="comment")
    assert set(said["text"]) == set(cast.dropna(subset="rating")["comment"])
    assert cast["rating"].isna().sum() == len(planted["unable"])  # their comments stay behind


def test_a_comment_names_no_panellist_no_rating_and_only_large_groups(study):
    register(study)
    vote(study, least_k=11)
    people = pd.read_csv(DEMO / "panel_members.csv").set_index("panellist")
    size = people["stakeholder_group"].value_counts()
    votes = pd.read_csv(study / "votes.csv").dropna(subset="comment").set_index("comment")
    said = comments(study)
    text = said.to_csv()
    assert not any(name in text.replace(",", " ").split() for name in people.index)
    for row in said.to_dict("records"):
        group = people.loc[votes.loc[row["text"], "panellist"], "stakeholder_group"]
        # Sixteen and twelve are named; ten and ten are not, and together they are twenty.
        assert row["attribution"] == group if size[group] >= 11 else pd.isna(row["attribution"])
    assert said["attribution"].notna().any()
    assert said["attribution"].isna().any()
    vote(study, least_k=17)  # fewer than seventeen: nobody's group is named
    assert comments(study)["attribution"].isna().all()


def test_each_panellist_gets_a_sheet_and_the_comments_become_a_project(study):
    register(study)
    vote(study)
    votes = pd.read_csv(study / "votes.csv")
    assert sorted(path.stem for path in (study / "sheets").iterdir()) == sorted(votes["panellist"].unique())
    assert (study / "panel_comments.qdpx").stat().st_size > 0


def test_a_rule_changed_after_the_votes_without_a_reason_stops_the_step(study, monkeypatch):
    register(study)
    own = STUDY["recommendations"]
    methods = own["methods"] | {"high_share": 0.65}
    monkeypatch.setitem(STUDY, "recommendations", own | {"methods": methods})
    with pytest.raises(InputError, match="has another 'high_share' since the declaration, and no change says so"):
        vote(study)


def test_a_panel_that_is_not_broad_stops_the_step_where_the_study_says_so(study, monkeypatch):
    register(study)
    monkeypatch.setattr("genequity.recommendations.declaration.checked", lambda *_: {"declared": "", "fingerprint": ""})
    own = STUDY["recommendations"]
    monkeypatch.setitem(STUDY, "recommendations", own | {"breadth": {"largest_share": 0.3, "stops": True}})
    with pytest.raises(InputError, match=r"largest stakeholder group: 33%, limit 30%"):
        vote(study)


def test_an_identifier_in_a_comment_stops_the_step_without_being_shown(study):
    register(study)
    tries = (("see someone@example.org", ""), ("Ann Example knows", "ann example"), ("ring 07700 900123", ""))
    for (planted, refused), released in itertools.product(tries, (True, False)):
        with pytest.raises(InputError) as error:
            vote(study, planted=planted, refused=refused, release_comments=released)
        assert not (study / "sheets").exists()
        (only,) = error.value.problems
        assert only.message.startswith("a panel comment holds what looks like")
        assert only.where.startswith("row ")
        assert "xample" not in str(error.value)
        assert "900123" not in str(error.value)
