"""What leaves and how it is let in: the pack inside, the report outside, the gate before both."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import runpy
import shutil
import subprocess
import sys
import time
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from conftest import build, clone, said
from genequity import config, release, tables
from genequity.config import ROOT
from genequity.errors import InputError

REPORT = ("html", "pdf", "docx")


def locked(kind=""):
    text = (ROOT / "envs" / f"requirements{kind}.txt").read_text()
    return set(re.findall(r"^([\w.-]+==[\w.]+)", text, re.M))


def test_the_environment_inside_has_the_same_versions_and_nothing_to_publish_with():
    inside = {pin.split("==")[0] for pin in locked("-inside")}
    assert locked("-inside") < locked()
    assert {"snakemake", "pandas", "duckdb", "scipy"} <= inside
    publishing = (
        "nbformat",
        "nbclient",
        "nbconvert",
        "ipykernel",
        "pypandoc-binary",
        "typst",
        "matplotlib",
    )
    assert not inside & set(publishing)
    assert not [name for name in inside if name.startswith(("jupyter", "ipython"))]


def test_a_pack_that_is_not_there_is_said_so():
    command = [sys.executable, "-m", "snakemake", "-n", "--snakefile", "workflow/outside.smk", "--config"]
    done = subprocess.run([*command, "pack=nowhere.zip"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "nowhere.zip: this file does not exist" in said(done)
    assert "Traceback" not in said(done)


def test_outside_without_a_pack_says_how_to_name_one():
    done = subprocess.run([sys.executable, "-m", "genequity", "outside"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "make outside PACK=path/to/pack.zip" in done.stderr


def step(folder, name):
    return runpy.run_path(str(ROOT / f"workflow/scripts/{folder}/{name}.py"), run_name="step")["main"]


@pytest.fixture
def copied(built, tmp_path):
    """The released folder of the demonstration, to be tampered with."""
    shutil.copytree(built / "release", tmp_path / "release")
    return tmp_path / "release"


def gate(folder: Path, out: Path) -> None:
    paths = [str(path) for path in sorted(folder.rglob("*.csv")) if path.parent.name != "audit"]
    erasure = str(out / "erasure.synthetic.csv")
    step("gate", "gate")(paths, str(folder / "study.json"), [], str(out / "gate.json"), erasure, profile="nhse")


@pytest.mark.slow
def test_gate_and_pack_of_the_demonstration_take_ten_seconds(copied, tmp_path):
    """Each in a process of its own, as in a build."""
    code = (
        "import runpy, sys; from pathlib import Path; folder, out = map(Path, sys.argv[1:3])\n"
        "run = lambda name: runpy.run_path(f'workflow/scripts/{name}.py', run_name='step')['main']\n"
        "files = sorted(str(p) for p in folder.rglob('*.csv') if p.parent.name != 'audit')\n"
        "if sys.argv[3] == 'gate':\n"
        "    run('gate/gate')(files, str(folder / 'study.json'), [], str(out / 'gate.json'),"
        " str(out / 'erasure.synthetic.csv'), profile='nhse')\n"
        "else:\n"
        "    run('pack/pack')([*files, str(folder / 'gate.json')], str(folder / 'study.json'),"
        " 'config/release/pack.yaml', str(out / 'pack'), str(out / 'pack.zip'), profile='nhse', populations={})\n"
    )
    start = time.perf_counter()
    for name in ("gate", "pack"):
        subprocess.run([sys.executable, "-c", code, str(copied), str(tmp_path), name], cwd=ROOT, check=True)
    assert time.perf_counter() - start <= 10
    assert (tmp_path / "pack.zip").stat().st_size > 100_000


def counts(path: Path):
    """Return a released table's heading and rows, and the first protected row that shows a count, with its column."""
    name = f"{path.parent.name}/{path.name.split('.')[0]}"
    frame, table = tables.read(path, name), tables.schema(name)
    rows = release.protected_rows(frame, table, release.profile("nhse"))
    for column in table.columns.values():
        shown = rows & frame[column.name].notna() if column.is_count else rows & False
        if shown.any():
            return frame.index[shown][0], column.name
    raise AssertionError(f"{name} shows no protected count")


@pytest.mark.slow
@pytest.mark.parametrize("table", ["service/pathway", "service/regional", "survey/shares", "survey/distribution"])
@pytest.mark.parametrize(("value", "word"), [("3", "small enough to be withheld"), ("1013", "not rounded")])
def test_a_raw_count_written_into_a_released_file_does_not_pass(copied, tmp_path, table, value, word):
    path = copied / f"{table}.synthetic.csv"
    row, column = counts(path)
    with path.open(newline="") as handle:
        lines = list(csv.reader(handle))
    lines[row + 1][lines[0].index(column)] = value
    with path.open("w", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(lines)
    with pytest.raises(InputError) as caught:
        gate(copied, tmp_path)
    assert word in str(caught.value)
    assert not (tmp_path / "gate.json").exists()


@pytest.mark.slow
def test_the_pack_of_the_demonstration_holds_each_released_file_as_it_is(built):
    with zipfile.ZipFile(built / "pack.zip") as opened:
        packed = {name: opened.read(name) for name in opened.namelist()}
    wanted = {p.relative_to(built).as_posix() for p in (built / "release").rglob("*") if p.is_file()}
    held = {name for name in packed if name.startswith("release/") and not name.endswith(".context.txt")}
    assert held == wanted
    assert all(packed[name] == (built / name).read_bytes() for name in held)
    sheets = {name.replace(".csv", ".context.txt") for name in held if name.endswith(".csv")}
    assert sheets <= set(packed)
    text = b"\n".join(packed.values()).decode("utf-8", errors="ignore")
    assert str(ROOT) not in text
    assert "restricted/" not in b"\n".join(packed[name] for name in sheets).decode()


BLOCKER = """
import importlib.machinery, socket
BLOCKED = {modules}
found = importlib.machinery.PathFinder.find_spec
def find_spec(cls, name, path=None, target=None):
    return None if name.split(".")[0] in BLOCKED else found(name, path, target)
importlib.machinery.PathFinder.find_spec = classmethod(find_spec)
def connect(self, address, _connect=socket.socket.connect):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        raise OSError("there is no network inside")
    return _connect(self, address)
socket.socket.connect = connect
"""


def without_publishing(folder: Path) -> set[str]:
    """Let a clone's Python import nothing that the environment inside has not got, and reach no network."""
    lost = {pin.split("==")[0] for pin in locked() - locked("-inside")}
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in lost}
    modules = {
        module
        for module, owners in metadata.packages_distributions().items()
        if all(re.sub(r"[-_.]+", "-", owner).lower() in names for owner in owners)
    }
    site = next((folder / ".venv").rglob("copy.pth")).parent
    (site / "blocker_inside.py").write_text(BLOCKER.format(modules=sorted(modules)))
    (site / "blocker.pth").write_text("import blocker_inside\n")
    return modules


@pytest.mark.slow
def test_the_pack_is_made_offline_without_what_the_report_needs(built, tmp_path):
    folder = clone(tmp_path / "inside")
    blocked = without_publishing(folder)
    assert {"nbformat", "nbclient", "nbconvert", "ipykernel", "pypandoc", "typst", "matplotlib"} <= blocked
    whole = build(folder, "-n")
    assert whole.returncode == 0, said(whole)[-3000:]
    done = build(folder, "--", "results/pack.zip")
    assert done.returncode == 0, said(done)[-6000:]
    assert (folder / "results" / "pack.zip").read_bytes() == (built / "pack.zip").read_bytes()
    assert not (folder / "results" / "report").exists()


@pytest.mark.slow
def test_the_report_outside_is_made_of_the_pack_alone_and_is_the_same(built, tmp_path):
    folder = clone(tmp_path / "outside")
    shutil.copy(built / "pack.zip", folder / "pack.zip")
    done = build(folder, "--snakefile", "workflow/outside.smk", "--config", "pack=pack.zip")
    assert done.returncode == 0, said(done)[-6000:]
    for name in ("report", "executive-summary"):
        for ending in REPORT:
            there = folder / "results" / "outside" / "report" / f"{name}.{ending}"
            assert there.read_bytes() == (built / "report" / f"{name}.{ending}").read_bytes(), there.name
    for name in ("trace.html", "trace.csv", "trace.jsonld", "action-tracker.xlsx"):
        there = folder / "results" / "outside" / "report" / name
        assert there.read_bytes() == (built / "report" / name).read_bytes(), name
    made = {path.name for path in (folder / "results").iterdir()} - {"README.md"}
    assert made == {"outside"}
    assert not (folder / "results" / "outside" / "restricted").exists()
    graph = build(folder, "--snakefile", "workflow/outside.smk", "--config", "pack=pack.zip", "--rulegraph")
    rules = set(re.findall(r'label = "?(\w+)', graph.stdout))
    assert rules == {"all", "outside_unpack", "report", "report_editions", "report_execute", "report_packs"}


@pytest.fixture(scope="module")
def restricted(built, tmp_path_factory):
    """A study that is declared restricted, built on one machine: the demonstration's survey by another name."""
    folder = clone(tmp_path_factory.mktemp("restricted") / "study")
    shutil.copytree(built / "demo" / "survey", folder / "data")
    study = config.read(folder / "config" / "config.yaml")
    kept = {key: study[key] for key in ("study", "ethnicity", "regions", "release", "themes", "survey")}
    kept["study"] = kept["study"] | {"data": "restricted", "authors": ["An Author"]}
    del kept["study"]["watermark"]
    moved = json.dumps(kept["survey"]["inputs"]).replace("results/demo/survey/", "data/")
    kept["survey"]["inputs"] = json.loads(moved)
    (folder / "study.yaml").write_text(yaml.safe_dump(kept, sort_keys=False))
    done = build(folder, "--configfile", "study.yaml")
    assert done.returncode == 0, said(done)[-6000:]
    return folder


@pytest.mark.slow
def test_a_restricted_study_on_one_machine_says_that_nobody_checked_it(restricted):
    text = (restricted / "results" / "report" / "report.html").read_text(encoding="utf-8")
    assert "NOT OUTPUT-CHECKED" in text
    assert "Not output-checked: nobody has approved these outputs for publication" in " ".join(text.split())


@pytest.mark.slow
def test_outside_a_restricted_study_needs_its_approval(restricted):
    pack = restricted / "results" / "pack.zip"
    command = ("--snakefile", "workflow/outside.smk", "--config", "pack=results/pack.zip")
    done = build(restricted, *command)
    assert done.returncode != 0
    assert "nobody has approved these outputs" in said(done)
    assert "Traceback" not in said(done)
    assert not (restricted / "results" / "outside").exists()
    with zipfile.ZipFile(pack) as opened:
        sha256 = hashlib.sha256(opened.read("manifest.json")).hexdigest()
    people = [
        {"name": f"Checker {word}", "role": "Output checker", "date": "2026-11-23", "decision": "approved"}
        for word in ("One", "Two")
    ]
    record = {"manifest_sha256": sha256, "checkers": people}
    pack.with_name("approval.yaml").write_text(yaml.safe_dump(record))
    done = build(restricted, *command)
    assert done.returncode == 0, said(done)[-6000:]
    text = (restricted / "results" / "outside" / "report" / "report.html").read_text(encoding="utf-8")
    assert "NOT OUTPUT-CHECKED" not in text
    assert "approved for publication by Checker One (Output checker, 2026-11-23) and Checker Two" in " ".join(
        text.split()
    )
