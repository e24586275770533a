"""Measure agreement of coders on a large study: 200 interviews, 300 codes, 60,000 codings. Run by ``make bench-coding``.

Each figure is the median of several runs in a process of its own. The peer does less in the same run: it marks every
paragraph for every code in a matrix of characters, and asks statsmodels for Cohen's kappa of each code, one unit, no
interval, no list of disagreements.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "lib"))

SIZE = {"sources": 200, "codes": 300, "codings": 60_000, "coders": 2}
SEED = 20240501
OUTPUTS = {
    **{name: f"{name}.csv" for name in ("agreement", "agreement_coefficients", "agreement_why", "disagreements")},
    **{"stale_outcomes": "stale_outcomes.csv", "disagreements_page": "disagreements.html"},
    **{"disagreements_workbook": "disagreements.xlsx", "merged_project": "merged.qdpx"},
    **{"standing_project": "standing.qdpx", "codebook_qdc": "codebook.qdc"},
}


def prepare(folder: Path) -> None:
    """Write the inputs of the step, as the interviews' first step leaves them."""
    import numpy as np
    import pandas as pd
    from genequity import tables
    from genequity.coding import codebook, load, merge
    from genequity.coding.synthetic import large

    projects = large(**SIZE, rng=np.random.default_rng(SEED))
    merged = merge.merge(projects, [project.name for project in projects])
    coded = load.Coded(projects, merged, codebook.from_projects(projects), False)
    stored = load.stored(merged, coded, "lead")
    book = load.codebook_table(coded, stored).drop(columns="sources")
    tables.write(book, folder / "codebook.csv", "interviews/codebook")
    tables.write(merged.sources, folder / "sources.parquet")
    tables.write(stored, folder / "segments.parquet")
    tables.write(pd.DataFrame({"case": merged.sources["source"], "role": "patient"}), folder / "cases.parquet")


def step(folder: Path) -> None:
    """Run the agreement step: five units, every coefficient with its interval, lists, projects."""
    spec = importlib.util.spec_from_file_location("step", ROOT / "workflow" / "scripts" / "interviews" / "agreement.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(
        sources=str(folder / "sources.parquet"),
        segments=str(folder / "segments.parquet"),
        codebook=str(folder / "codebook.csv"),
        cases=str(folder / "cases.parquet"),
        consensus_file=[],
        **{name: str(folder / file) for name, file in OUTPUTS.items()},
        unit="paragraph",
        units=["character", "sentence", "turn", "document"],
        level=0.95,
        low=0.667,
        method="",
        seed=1,
    )


def tables_only(folder: Path) -> None:
    """Compute the tables of five units alone."""
    import numpy as np
    from genequity import tables
    from genequity.coding import compare

    merged = compare.restored(tables.read(folder / "sources.parquet"), tables.read(folder / "segments.parquet"))
    codes = sorted(set(merged.segments["code"]))
    further = ["character", "sentence", "turn", "document"]
    compare.study(merged, codes, "paragraph", 0.95, np.random.default_rng(1), further)


def peer(folder: Path) -> None:
    """Compute Cohen's kappa of each code on paragraphs, with a matrix of characters and statsmodels."""
    import warnings

    import numpy as np
    from genequity import tables
    from genequity.coding import compare, units
    from statsmodels.stats.inter_rater import cohens_kappa

    warnings.simplefilter("ignore")
    merged = compare.restored(tables.read(folder / "sources.parquet"), tables.read(folder / "segments.parquet"))
    texts = dict(zip(merged.sources["source"], merged.sources["text"], strict=True))
    starts = {name: np.array(units.spans_of_paragraphs(text))[:, 0] for name, text in texts.items()}
    coders, marks = compare.coders(merged), {}
    columns = (merged.segments[name] for name in ("source", "code", "coder", "start", "end"))
    for source, code, coder, low, high in zip(*columns, strict=True):
        marks.setdefault((source, code, coder), []).append((low, high))
    for code in sorted(set(merged.segments["code"])):
        table = np.zeros((2, 2))
        for name, text in texts.items():
            sides = []
            for coder in coders:
                covered = np.zeros(len(text), dtype=bool)
                for low, high in marks.get((name, code, coder), ()):
                    covered[low:high] = True
                sides.append(np.logical_or.reduceat(covered, starts[name]).astype(int))
            np.add.at(table, tuple(sides), 1)
        cohens_kappa(table)


WORK: dict[str, Callable[[Path], None]] = {
    "matrix and statsmodels (peer)": peer,
    "tables of five units": tables_only,
    "whole step": step,
}


def measured(name: str, folder: Path) -> None:
    """Do one piece of work and print its wall seconds, CPU seconds and the largest resident size in MiB."""
    start, cpu = time.perf_counter(), time.process_time()
    WORK[name](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([time.perf_counter() - start, time.process_time() - cpu, peak]))


def alone(name: str, folder: Path) -> list[float]:
    """Return the figures of one piece of work in a new process."""
    command = [sys.executable, __file__, "--one", name, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-4000:])
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Print a table of medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", choices=list(WORK), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measured(options.one, options.folder)
        return
    runs = options.runs
    figures: dict[str, list[list[float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(folder)
        for _ in range(runs):
            for name in WORK:
                figures.setdefault(name, []).append(alone(name, folder))
    base = statistics.median(cpu for _, cpu, _ in figures["matrix and statsmodels (peer)"])
    print(f"{'':32}{'wall s':>9}{'CPU s':>9}{'x peer':>9}{'peak MiB':>10}   ({runs} runs, medians)")
    for name, rows in figures.items():
        wall, cpu, peak = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{name:32}{wall:9.1f}{cpu:9.1f}{cpu / base:9.2f}{peak:10.0f}")


if __name__ == "__main__":
    main()
