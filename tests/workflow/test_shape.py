"""The shape of the build: documented, logged, named, and nothing restricted reaches what people read."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import yaml
from conftest import snakemake
from genequity import config, reference, tables
from genequity.config import ROOT

RULE = re.compile(r"^rule (\w+):\n(.*?)(?=^rule |\Z)", re.M | re.S)


def rules():
    files = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    return [(path.name, *found) for path in files for found in RULE.findall(path.read_text())]


def jobs(*arguments):
    """Return the rules of a complete build with their files, from the file graph that Snakemake prints."""
    done = snakemake("--filegraph", *arguments)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found = []
    for block in re.findall(r"^\d+ \[(.*?)\n</table>>\]", done.stdout, re.M | re.S):
        name = re.search(r'point-size="18">(\w+)<', block)[1]
        parts = re.split(r"(?:&#8618; input|output &rarr;)</font>", block)
        files = [re.findall(r'face="monospace">([^<]*)<', part) for part in parts]
        reads = files[1] if "&#8618; input" in block else []
        makes = files[-1] if "output &rarr;" in block else []
        found.append({"rule": name, "input": reads, "output": makes})
    return found


@pytest.fixture(scope="module")
def demonstration():
    return jobs()


def test_the_graph_is_read_right(demonstration):
    by_name = {job["rule"]: job for job in demonstration}
    assert {"survey_release", "report", "all"} <= set(by_name)
    assert "results/report/report.html" in by_name["all"]["input"]
    assert "results/report/report.pdf" in by_name["report"]["output"]
    assert any("/restricted/" in path for path in by_name["survey_release"]["input"])
    assert all(job["output"] for job in demonstration if job["rule"] != "all")


def test_a_build_has_few_meaningful_jobs():
    done = snakemake("-n", "-F")
    total = re.search(r"^total\s+(\d+)$", done.stdout + done.stderr, re.M)
    assert 25 <= int(total[1]) - 1 <= 60  # the target `all` is no job


def makers(demonstration):
    return {path: job for job in demonstration for path in job["output"]}


def test_nothing_restricted_is_an_input_of_what_people_read(demonstration):
    for job in demonstration:
        if any("/report/" in path for path in job["output"]):
            bad = [path for path in job["input"] if "/restricted/" in path or "/demo/" in path]
            assert not bad, f"{job['rule']} reads {bad}"


def test_every_released_table_comes_from_a_release_step_or_from_released_files(demonstration):
    """Only release steps, and quotations with consent, cross from restricted to release."""
    for job in demonstration:
        if any("/release/" in path for path in job["output"]) and any("/restricted/" in path for path in job["input"]):
            assert job["rule"].endswith("_release"), f"{job['rule']} carries restricted files into the release"


def test_the_pack_is_made_of_the_released_files_that_passed_the_gate_and_of_nothing_else(demonstration):
    by_name = {job["rule"]: job for job in demonstration}
    read = {path for path in by_name["pack"]["input"] if "/results/" in f"/{path}"}
    assert all(path.startswith("results/release/") for path in read)
    passed = {path for path in by_name["gate"]["input"] if path.startswith("results/")}
    assert read - passed == set(by_name["gate"]["output"])
    made = {path for job in demonstration for path in job["output"] if path.startswith("results/release/")}
    assert read == made


def test_strands_meet_only_in_findings_and_along_the_named_edges(demonstration):
    allowed = {("policy", "evidence"): "review_focus.synthetic.csv"}
    for job in demonstration:
        strand = job["rule"].split("_")[0]
        if strand not in config.STRANDS:
            continue
        for path in job["input"]:
            found = re.search(r"results/(?:restricted|release|demo)/(\w+)/", path)
            if found and found[1] != strand:
                edge = allowed.get((found[1], strand))
                assert edge is not None, f"{job['rule']} reads {path}"
                assert path.endswith(edge), f"{job['rule']} reads {path}"


@pytest.mark.parametrize(("file", "name", "body"), rules(), ids=lambda value: value if len(str(value)) < 40 else "")
def test_each_rule_is_documented_logged_named_and_a_script(file, name, body):
    if name == "all":
        return
    assert re.match(r'\s+"""', body), f"{file}: {name} has no docstring"
    for line in ("log:", "message:", "conda:", "script:"):
        assert re.search(rf"^    {line}", body, re.M), f"{file}: {name} has no {line}"
    assert not re.search(r"^    (run|shell|notebook):", body, re.M), f"{file}: {name} is not a script"
    assert "lambda" not in body, f"{file}: {name} holds a lambda"
    assert re.search(r"code=(code|demo_sources)\(", body), f"{file}: {name} does not name the library files it rests on"
    script = re.search(r'script:\s+"\.\./scripts/([\w/]+)\.py"', body)
    assert script, f"{file}: {name} has no script under workflow/scripts"
    assert (ROOT / "workflow" / "scripts" / f"{script[1]}.py").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "workflow" / "rules").glob("*.smk")), ids=lambda p: p.name)
def test_each_file_of_rules_says_what_it_requires_and_provides(path):
    text = path.read_text()
    assert text.startswith('"""')
    if path.name != "common.smk":
        assert "REQUIRES" in text
        assert "PROVIDES" in text


def test_the_snakefile_is_one_screen():
    assert len((ROOT / "Snakefile").read_text().splitlines()) <= 80


def test_every_released_table_has_a_schema(demonstration):
    known = tables.schemas()
    for path in sorted(makers(demonstration)):
        found = re.match(r"results/release/(\w+/\w+)\.synthetic\.csv", path)
        if found and not found[1].endswith(("/findings", "/numbers")):
            assert found[1] in known, f"{path} has no schema"


def test_every_schema_column_says_what_it_is():
    for name, table in tables.schemas().items():
        assert table.title, name
        for column in table.columns.values():
            assert len(column.description) > 5, f"{name}: {column.name}"


def test_no_set_hides_in_a_param(demonstration):
    """Two dry runs print the same jobs: a set in a param would make a job run again each time."""
    first = snakemake("-n", "-F", "--quiet", "progress")
    second = snakemake("-n", "-F", "--quiet", "progress")
    assert first.returncode == second.returncode == 0


def test_the_conda_file_agrees_with_the_lock():
    versions = {reference.CONDA_NAMES.get(name, name): version for name, version in reference.locked().items()}
    named = yaml.safe_load((ROOT / "envs" / "genequity.yaml").read_text())["dependencies"]
    pins = [entry.split("=") for entry in named if isinstance(entry, str) and "=" in entry]
    for name, *version in pins:
        if name != "python":
            assert versions[name] == version[-1]


def test_the_locks_name_no_index():
    for path in (ROOT / "envs").glob("requirements*.txt"):
        text = path.read_text()
        assert "://" not in text
        assert "--index" not in text
        assert text.count("--hash=sha256:") > 2


def test_help_lists_every_verb():
    done = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True)
    verbs = {line.split()[0] for line in done.stdout.splitlines() if line.strip()}
    asked = subprocess.run([sys.executable, "-m", "genequity", "--help"], capture_output=True, text=True).stdout
    assert {"report", "check", "real", "test", "test-slow"} <= verbs
    # make bench-coding and bench-service are bench --what coding and --what service.
    named = {verb.partition("-")[0] if verb.startswith("bench-") else verb for verb in verbs} - {"help"}
    assert [verb for verb in sorted(named) if f"    {verb}" not in asked] == []
