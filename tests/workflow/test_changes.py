"""One more interview, search export or round of the panel: what is built anew, and what the page of changes says."""

import json
import re
import shutil

import pandas as pd
import pytest
import yaml
from conftest import snakemake
from genequity import config, files
from genequity.config import ROOT
from genequity.synthesis import changes

pytestmark = pytest.mark.slow

AFTER = {"synthesis", "recommendations", "primary", "gate", "report", "pack"}  # what rests on every strand
PASSES = {
    "demo_interviews": {"interviews"},
    "demo_evidence": {"evidence"},
    "demo_policy": {"policy", "evidence"},  # the policy review sets the focus of the evidence synthesis
    "demo_recommendations": set(),
}


@pytest.mark.parametrize("changed", sorted(PASSES))
def test_only_what_depends_on_an_input_is_built_anew(built, changed):
    done = snakemake("-n", "--forcerun", changed)
    assert done.returncode == 0, done.stderr[-3000:]
    counted = re.findall(r"^([a-z_]+) +\d+$", done.stdout + done.stderr, re.M)
    strands = {rule.split("_")[0] for rule in counted if rule not in ("all", "total", changed)}
    first = {"recommendations"} if changed == "demo_recommendations" else PASSES[changed]
    assert first <= strands
    assert strands <= PASSES[changed] | AFTER
    if changed == "demo_recommendations":
        assert "synthesis" not in strands  # a round of the panel changes no finding


def test_the_page_shows_documents_and_holds_back_few_people(built, tmp_path):
    earlier, now = tmp_path / "earlier", tmp_path / "now"
    shutil.copytree(built / "release", earlier)
    shutil.copytree(built / "release", now)
    register = files.find_table(now, "synthesis/register")
    table = pd.read_csv(register, dtype=str, keep_default_na=False)
    for name in ("policy.theme.trust", "survey.trust_safe.asian"):
        table.loc[table["id"] == name, "statement"] += " Said anew."
    table.to_csv(register, index=False)
    found = changes.compare(changes.read(now), changes.read(earlier), 8).set_index("item")
    assert found["held"].to_dict() == {"policy.theme.trust": False, "survey.trust_safe.asian": True}


def test_a_build_with_an_earlier_one_writes_the_page(built, tmp_path):
    study = config.read(ROOT / "config" / "config.yaml")
    shutil.copytree(built / "release", tmp_path / "release")
    study["synthesis"]["inputs"]["earlier"] = str(tmp_path / "release" / "study.json")
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    done = snakemake("-n", "--configfile", str(file), "--", "results/report/what-changed.html")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "synthesis_changes" in done.stdout + done.stderr
    facts = json.loads((tmp_path / "release" / "study.json").read_text(encoding="utf-8"))
    assert facts["version"]
