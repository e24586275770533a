"""``python -m genequity.verify``: the part of the verbs that needs the environment (packages)."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from genequity import config, provenance
from genequity.errors import InputError, Problem
from genequity.verify import expected, verify
from genequity.verify.compare import Result

FOLDER = "verify"  # under the study's results
SHIPPED = "expected"  # name of the folder beside a study's config file
DEMONSTRATION = "config/demo/expected"


def beside(study_file: str) -> str:
    """Return where the expected values of a study lie when nobody says otherwise: beside its config file."""
    same = Path(study_file).resolve() == (config.ROOT / config.DEMONSTRATION).resolve()
    return DEMONSTRATION if same else str(Path(study_file).parent / SHIPPED)


def write(options: argparse.Namespace) -> int:
    """Write the expected values of a study that was built."""
    study = config.load(options.study)
    results = Path(study["results"])
    release, report = results / "release", results / "report"
    if not (release / "study.json").is_file() or not (report / "report.html").is_file():
        raise InputError(
            Problem(str(report / "report.html"), "this study is not built yet", do="run 'make report' first")
        )
    folder = options.to or beside(options.study)
    expected.write(release, report, folder)
    count = len(expected.read(folder).values)
    print(f"Wrote {folder}: {count} released files, the words of the report, and their hashes.")
    return 0


def check(options: argparse.Namespace) -> int:
    """Build a study again, apart from its results, and compare it with what was published."""
    study = config.load(options.study)
    before = expected.read(options.expected or beside(options.study))
    folder = f"{study['results']}/{FOLDER}"
    again, absent = verify.rebuilt(study, folder)
    strands = [strand for strand in config.STRANDS if again.get(strand)]
    if not strands:
        print("No strand can be built here, since inputs are missing:")
        print("\n".join(f"  {section}: {reason}" for section, reason in absent.items()))
        return 3
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    file = Path(folder) / "study.yaml"
    file.write_text(yaml.safe_dump(again, sort_keys=False, allow_unicode=True), encoding="utf-8")
    print(f"Building the study again in {folder} ...", flush=True)
    code = _snakemake(file, options.cores, _targets(strands, folder, study["study"]["data"]) if absent else [])
    if code:
        print(f"The build stopped, so nothing can be compared. Logs: {folder}/logs", file=sys.stderr)
        return 2
    version = provenance.code_version()
    found = verify.released(before, Path(folder) / "release", absent)
    found += verify.report(before, Path(folder) / "report", version == before.facts["code_version"])
    return _said(found, before, version, folder)


def check_pack(options: argparse.Namespace) -> int:
    """Compare a release pack, and the report built from it alone, with what was published."""
    from genequity.pack import outside

    pack = outside.open_pack(options.pack, options.approval)
    released = expected.read(options.pack)
    before = expected.read(options.expected) if options.expected else released
    folder = f"{outside.RESULTS}/{FOLDER}"
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in released.values.items():
        path = Path(folder) / "release" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    found = verify.released(before, Path(folder) / "release", {})
    if not options.expected:
        found = [Result(result.name, verify.NOT_CHECKABLE, remark=_why(result.name)) for result in found]
    found += _gated(pack.study, Path(folder) / "release")
    version = provenance.code_version()
    if before.report:
        settings = [f"pack={options.pack}", *([f"approval={options.approval}"] if options.approval else [])]
        command = [sys.executable, "-m", "snakemake", "--cores", options.cores, "--quiet", "all"]
        if subprocess.run([*command, "--snakefile", "workflow/outside.smk", "--config", *settings]).returncode:
            return 2
        same = version == before.facts["code_version"]
        found += verify.report(before, Path(outside.RESULTS) / "report", same)
    return _said(found, before, version, folder)


def _why(name: str) -> str:
    return "the pack holds it whole (its hash is right); what it was made from stayed inside"


def _gated(study: dict[str, Any], release: Path) -> list[Result]:
    """Read every released table again as the gate does: what can be derived from shown counts is derived again."""
    from genequity.gate import everything

    tables = [str(path) for path in sorted(release.rglob("*.csv")) if path.parent.name != "audit"]
    try:
        everything.check(tables, study["release_profile"])
    except InputError as error:
        return [Result("gate", verify.DIFFERENT, remark=str(problem)) for problem in error.problems]
    return [Result("gate", verify.IDENTICAL, remark="every table passes again")]


def _targets(strands: list[str], folder: str, data: str) -> list[str]:
    return [config.marked(f"{folder}/release/{s}/{t}.csv", data) for s in strands for t in ("findings", "numbers")]


def _snakemake(study: Path, cores: str, targets: list[str]) -> int:
    command = [sys.executable, "-m", "snakemake", "--cores", cores, "--quiet", "all", "--configfile", str(study)]
    return subprocess.run([*command, *(["--", *targets] if targets else [])]).returncode


def _said(found: list[Result], before: expected.Expected, version: str, folder: str) -> int:
    table = Path(folder) / "verify.csv"
    verify.write_cells(found, table)
    print()
    print(verify.text(found, before, version))
    print(f"Every file and every cell that is not the same: {table}")
    return verify.exit_status(found)


def main(arguments: list[str]) -> int:
    """Parse the options that the verbs pass on, and run."""
    parser = argparse.ArgumentParser(prog="genequity.verify")
    parser.add_argument("what", choices=["check", "write"])
    parser.add_argument("--study", default=config.DEMONSTRATION)
    parser.add_argument("--expected")
    parser.add_argument("--pack")
    parser.add_argument("--approval")
    parser.add_argument("--to")
    parser.add_argument("--cores", default="all")
    options = parser.parse_args(arguments)
    try:
        if options.what == "write":
            return write(options)
        return check_pack(options) if options.pack else check(options)
    except InputError as error:
        print(f"Nothing was compared:\n{error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
