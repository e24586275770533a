"""Measure the service strand at the size of England: 57 million residents, one row each. Run by ``make bench-service``.

Everything measured is the product's own: records are counted in cells by DuckDB, and models run on the cells. Every job
is a process of its own, and so is every peer, in the same run. What counts are ratios to the *floor*: the time DuckDB
needs to decode the columns that are read, without grouping anything. Seconds are medians over the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
BUNDLE = ["headline", "clustered", "bootstrap", "imputation", "intercept", "rates"]
TARGETS = {"headline": (6, 1024), "clustered": (14, 2048)}  # times the floor, MiB
BUNDLE_TARGET, CHUNKED_TARGET = (180, 2560), 1024  # seconds and MiB; MiB
PEERS = [  # peer, rows, times it runs, GiB that must be free
    ("R data.table cells + glm", 10_000_000, 3, 2),
    ("R glm", 1_000_000, 3, 4),
    ("R fixest", 1_000_000, 3, 2),
    ("R glm", 10_000_000, 1, 21),
    ("R fixest", 10_000_000, 1, 10),
]
STEP_ROWS = (1_000_000, 10_000_000)
WORDS = {
    "start": "start of Python, imports",
    "floor": "decode the columns, no groups (floor)",
    "group": "count 19 groups x 6 keys in cells",
    "headline": "288 models",
    "clustered": "48 models, variance by provider",
    "bootstrap": "bootstrap of records, and of providers",
    "imputation": "20 imputations, models clustered",
    "intercept": "random intercept of providers",
    "rates": "standardised rates",
    "three": "three models, whole process",
    "one": "one logistic model, whole process",
    "chunked": "continuous age and distance, exact",
    "step": "records step of the workflow, checks and all",
}


def process(command: list[str]) -> dict:
    """Run a job and return what it printed."""
    # The matrices are small: a second thread of linear algebra would only wait for the first. DuckDB has two.
    environment = os.environ | {"PYTHONPATH": str(HERE.parent / "workflow" / "lib"), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(done.stdout[-2000:] + done.stderr[-4000:])
    return json.loads(done.stdout.splitlines()[-1])


def job(name: str, path: Path, rounds: int = 1) -> dict:
    """Run a job several times; return the medians of its numbers and the largest of its peaks."""
    runs = [process([str(HERE / "bench_service_jobs.py"), name, str(path)]) for _ in range(rounds)]
    return merged(runs)


def merged(runs: list[dict]) -> dict:
    """Return the medians of several runs, and the largest peak."""
    medians = {
        key: statistics.median(run[key] for run in runs) for key in runs[0] if isinstance(runs[0][key], int | float)
    }
    return {**runs[0], **medians, "peak": max(run["peak"] for run in runs)}


def line(what: str, found: dict, note: str = "") -> None:
    """Print one row."""
    print(f"{what:46}{found['wall']:9.1f}{found['cpu']:9.1f}{found['peak']:10.0f}  {note}", flush=True)


def residents(folder: Path, rows: int) -> Path:
    """Write so many residents where they are not there yet."""
    path = folder / f"residents-{rows}.parquet"
    if not path.exists():
        subprocess.run([sys.executable, str(HERE / "bench_service_data.py"), str(rows), str(path)], check=True)
    return path


def head(words: str) -> None:
    """Print the heading of a table."""
    print(f"\n{words}\n{'':46}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}")


def verdict(value: float, target: float, unit: str) -> str:
    """Say whether a figure is within its target."""
    return f"{value:.1f}{unit}, target {target:g}: {'within' if value <= target else 'MISSED'}"


def national(path: Path, rows: int, rounds: int) -> dict[str, dict]:
    """Run the floor, the jobs measured against it and the rest of the bundle, interleaved."""
    head(f"{rows:,} residents ({path.stat().st_size / 2**20:,.0f} MiB of Parquet), medians of {rounds}")
    names = ["start", "floor", "group", "headline", "clustered"]
    runs: dict[str, list[dict]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            runs[name].append(job(name, path))
    found = {name: merged(several) for name, several in runs.items()}
    floor = {"wall": found["floor"]["floor"], "cpu": found["floor"]["floor CPU"]}
    for name in names:
        shown, note = found[name], ""
        if name == "floor":
            shown = shown | floor
            note = f"dictionaries unread: {shown['floor, dictionaries unread']:.2f} s"
        elif name in TARGETS:
            most, memory = TARGETS[name]
            note = (
                verdict(shown["wall"] / floor["wall"], most, " x floor") + f"; {verdict(shown['peak'], memory, ' MiB')}"
            )
            note += f"; {shown['cpu'] / floor['cpu']:.1f} x in CPU; not estimable: {shown['failed']:.0f}"
        elif name == "group":
            note = f"{shown['wall'] / floor['wall']:.1f} x floor, {shown['cells']:,.0f} cells"
        line(WORDS[name], shown, note)
    for name in BUNDLE:
        if name not in found:
            found[name] = job(name, path)
            line(WORDS[name], found[name], noted(found[name]))
    whole = {key: sum(found[name][key] for name in BUNDLE) for key in ("wall", "cpu")}
    whole["peak"] = max(found[name]["peak"] for name in BUNDLE)
    note = f"{verdict(whole['wall'], BUNDLE_TARGET[0], ' s')}; {verdict(whole['peak'], BUNDLE_TARGET[1], ' MiB')}"
    line("inference bundle (the six above)", whole, note)
    return found


def noted(found: dict) -> str:
    """Return a job's own parts."""
    own = {key: value for key, value in found.items() if key not in ("wall", "cpu", "peak", "beta")}
    return ", ".join(f"{key} {value:,.2f}".removesuffix(".00") for key, value in own.items())


def curve(folder: Path, sizes: list[int], known: dict[int, dict], rounds: int) -> None:
    """Show how the headline grows with the residents: cells saturate."""
    head("Growth of the 288 models")
    for rows in sizes:
        found = known.get(rows) or job("headline", residents(folder, rows), rounds)
        line(f"{rows:,} residents", found, f"{found['cells']:,.0f} cells, fits {found['fits']:.1f} s")


def peers(folder: Path, largest: int) -> None:
    """Run the product and its peers on the same residents, as whole processes."""
    head("Beside peers, whole processes, from Parquet; R from its own uncompressed file of factors")
    shown = set()
    for peer, rows, times, gib in PEERS:
        if rows > largest and (peer, largest) in shown:
            continue
        rows, name = min(rows, largest), "three" if "cells" in peer else "one"
        shown.add((peer, rows))
        path = residents(folder, rows)
        process([str(HERE / "bench_service_peers.py"), "prepare", str(path)])
        runs: dict[str, list[dict]] = {"ours": [], peer: []}
        for _ in range(times):
            runs["ours"].append(job(name, path))
            runs[peer].append(process([str(HERE / "bench_service_peers.py"), peer, str(path), str(gib)]))
            if "failed" in runs[peer][-1]:
                break
        ours, failed = merged(runs["ours"]), [run["failed"] for run in runs[peer] if "failed" in run]
        line(f"{WORDS[name]} ({rows:,})", ours)
        if failed:
            print(f"{peer + f' ({rows:,})':46}{failed[0]}", flush=True)
            continue
        found = merged(runs[peer])
        # In a small file a level without an event is left out here and kept there: the coefficients are not the same.
        same = len(ours["beta"]) == len(found["beta"])
        apart = max(abs(a - b) for a, b in zip(ours["beta"], found["beta"])) if same else float("nan")
        line(
            f"{peer} ({rows:,})",
            found,
            f"{found['wall'] / ours['wall']:.1f} x ours in time ({found['cpu'] / ours['cpu']:.1f} x in CPU), "
            f"{found['peak'] / ours['peak']:.1f} x in memory; coefficients apart by {apart:.0e}",
        )


def main() -> None:
    """Make the residents, run the jobs, print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=57_000_000)
    parser.add_argument("--runs", type=int, default=3, help="rounds of the jobs measured against the floor")
    parser.add_argument(
        "--folder", help="where the residents are kept (default: a temporary folder, removed at the end)"
    )
    parser.add_argument("--replicates", type=int, default=1000, help="of each bootstrap")
    options = parser.parse_args()
    os.environ["REPLICATES"] = str(options.replicates)
    folder = Path(options.folder or tempfile.mkdtemp(prefix="genequity-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import duckdb

        print(
            f"{date.today():%d %B %Y}; {os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}; "
            f"Python {platform.python_version()}, DuckDB {duckdb.__version__}"
        )
        rows = options.rows
        found = national(residents(folder, rows), rows, options.runs)
        sizes = [size for size in (1_000_000, 10_000_000) if size < rows]
        curve(folder, [*sizes, rows], {rows: found["headline"]}, options.runs)
        ten = min(10_000_000, rows)
        head("Continuous covariates, and the whole records step")
        exact = job("chunked", residents(folder, ten))
        line(
            f"{WORDS['chunked']} ({ten:,})", exact, f"{verdict(exact['peak'], CHUNKED_TARGET, ' MiB')}; {noted(exact)}"
        )
        for size in dict.fromkeys(min(size, rows) for size in STEP_ROWS):
            step = job("step", residents(folder, size))
            line(f"{WORDS['step']} ({size:,})", step, noted(step))
        peers(folder, rows)
    finally:
        if not options.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
