"""Two builds of a small study for real: more people answered, the panel rated once more; what the public page says.

The study has the demonstration's survey, with fewer people at first, three recommendations and two rounds of the panel. In
between, 200 people of one group and three of another answer, and a third round is held.
"""

import copy
import csv
import html
import re
import shutil

import pandas as pd
import pytest
import yaml
from conftest import build, clone, said
from genequity import config, files
from genequity.config import ROOT

pytestmark = pytest.mark.slow

MANY, FEW = ["H", "J", "K"], ["M", "N", "P"]  # codes of the groups Asian and Black
LATER_MANY, LATER_FEW = 200, 3  # people of either who answer only before the second build
RELEASE = "results/release"
LEAST = 8  # of the release profile
RECOMMENDATIONS = ["R01", "R03", "R06"]
EVIDENCE = [
    {
        "R01": ["survey.need_interpreter.asian"],
        "R06": ["survey.need_language.asian", "survey.trust_safe.black"],
        "R03": ["survey.trust_research.black"],
    },
    {
        "R01": ["survey.need_interpreter.asian", "survey.need_language.asian"],
        "R06": ["survey.need_language.asian"],
        "R03": ["survey.trust_research.black"],
    },
]


def of_rounds(source, target, column, chosen, most):
    """Copy the rows of a panel's file on some recommendations or items, up to a round; return the items."""
    with source.open(encoding="utf-8", newline="") as handle:
        held = [row for row in csv.DictReader(handle) if row[column] in chosen and int(row["round"]) <= most]
    with target.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, held[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(held)
    return {row["item"] for row in held}


def responses(source, target, *, whole):
    """Copy the survey; before the second build without the last people of two groups."""
    import pyreadstat

    answers, meta = pyreadstat.read_sav(source)
    late = pd.concat(
        [
            answers[answers["ethnic_code"].isin(MANY)].tail(LATER_MANY),
            answers[answers["ethnic_code"].isin(FEW)].tail(LATER_FEW),
        ]
    )
    labels = {
        "column_labels": meta.column_names_to_labels,
        "variable_value_labels": meta.variable_value_labels,
        "missing_ranges": meta.missing_ranges,
    }
    pyreadstat.write_sav(answers if whole else answers.drop(late.index), target, **labels)


def inputs(built, folder, second):
    """Write the study's own inputs into its folder."""
    folder.mkdir(exist_ok=True)
    demo = built / "demo"
    responses(demo / "survey" / "responses.sav", folder / "responses.sav", whole=second)
    entries = config.read(ROOT / "config" / "demo" / "recommendations.yaml")["recommendations"]
    kept = [entry for entry in entries if entry["id"] in RECOMMENDATIONS]
    for entry in kept:
        entry |= {"evidence": EVIDENCE[second][entry["id"]], "depends_on": []}
    (folder / "register.yaml").write_text(yaml.safe_dump({"recommendations": kept}, sort_keys=False), encoding="utf-8")
    most = 3 if second else 2
    rated = of_rounds(
        ROOT / "config" / "demo" / "panel_items.csv", folder / "items.csv", "recommendation", RECOMMENDATIONS, most
    )
    of_rounds(demo / "recommendations" / "panel_ratings.csv", folder / "ratings.csv", "item", rated, most)


def study(folder, earlier):
    """Return the config of the small study."""
    whole = config.read(ROOT / "config" / "config.yaml")
    kept = ("study", "ethnicity", "regions", "release", "themes", "report", "survey", "synthesis", "recommendations")
    own = copy.deepcopy({name: whole[name] for name in kept})
    own["release"]["populations"] = {"survey": whole["release"]["populations"]["survey"]}
    own["survey"]["inputs"]["responses"] = str(folder / "responses.sav")
    own["synthesis"] = {"inputs": {"explanations": None, "earlier": earlier}}
    own["recommendations"]["inputs"] |= {
        "register": str(folder / "register.yaml"),
        "assessments": None,
        "panel_items": str(folder / "items.csv"),
        "panel_ratings": str(folder / "ratings.csv"),
    }
    own["recommendations"]["breadth"]["stops"] = False
    return own


@pytest.fixture(scope="module")
def twice(built, tmp_path_factory):
    """The project in which the study was built twice; the first release is kept as the earlier build."""
    project = clone(tmp_path_factory.mktemp("twice"))
    own, kept = project / "own", project / "kept"
    for second in (False, True):
        inputs(built, own, second)
        file = project / f"study-{second:d}.yaml"
        earlier = str(kept / "study.json") if second else None
        file.write_text(yaml.safe_dump(study(own, earlier), sort_keys=False), encoding="utf-8")
        target = "results/report/what-changed.html" if second else "results/release/gate.json"
        done = build(project, "--configfile", str(file), "--", target)
        assert done.returncode == 0, said(done)[-5000:]
        if not second:
            shutil.copytree(project / "results" / "release", kept)
    return project


def table(folder, name):
    return pd.read_csv(files.find_table(folder, name), dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def everything(twice):
    return pd.read_csv(
        twice / "results" / "restricted" / "synthesis" / "all_changes.csv", dtype=str, keep_default_na=False
    ).set_index(["kind", "item"])


@pytest.fixture(scope="module")
def registers(twice):
    """The findings registers of the first build and of the second."""
    return [table(folder, "synthesis/register").set_index("id") for folder in (twice / "kept", twice / RELEASE)]


def test_every_finding_that_differs_is_listed_and_no_other(registers, everything):
    before, now = registers
    both = before.index.intersection(now.index)
    watched = ["statement", "estimate", "ci_low", "ci_high", "direction", "certainty"]
    changed = set(both[(now.loc[both, watched] != before.loc[both, watched]).any(axis=1)])
    found = everything.loc["finding"].groupby("change").apply(lambda rows: set(rows.index)).to_dict()
    expected = {"changed": changed, "added": {*now.index} - {*before.index}, "gone": {*before.index} - {*now.index}}
    assert found == {change: names for change, names in expected.items() if names}
    assert (now.loc[sorted(changed), "estimate"] != before.loc[sorted(changed), "estimate"]).sum() >= 10


def test_a_finding_is_shown_where_enough_people_came_and_held_back_where_few_did(registers, everything):
    before, now = (pd.to_numeric(register["n"], errors="coerce") for register in registers)
    found = everything.loc["finding"]
    changed = found[found["change"] == "changed"]
    for name, held in changed["held"].items():
        assert (held == "false") == (abs(now[name] - before[name]) >= LEAST), name
    shown = {
        held: set(changed.index[changed["held"] == held].str.extract(r"\.([a-z]+)$")[0]) for held in ("true", "false")
    }
    assert shown == {"true": {"black", "mixed", "other"}, "false": {"asian", "all"}}


def test_recommendations_whose_support_grew_or_fell_and_the_round_that_was_added_are_named(everything):
    detail = everything.loc["recommendation"]["detail"]
    assert "support grew by 1 finding" in detail["R01"]
    assert "support fell by 1 finding" in detail["R06"]
    assert detail["R03"] == "panel from no consensus to agreed"


def test_the_public_page_says_what_is_shown_and_only_counts_what_is_held_back(twice, everything):
    page = (twice / "results" / "report" / "what-changed.html").read_text(encoding="utf-8")
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))
    shown = table(twice / RELEASE, "synthesis/changes")
    assert len(shown) == (everything["held"] == "false").sum()
    for row in shown.itertuples():
        assert row.item in text, row.item
        assert row.after in text, row.item
    for (_, name), row in everything[everything["held"] == "true"].iterrows():
        assert not re.search(rf"{re.escape(name)}(?![\w.])", text), name
        assert row["after"] not in text, name
    counted = table(twice / RELEASE, "synthesis/change_counts")
    assert counted["held"].astype(int).sum() == (everything["held"] == "true").sum() > 0
