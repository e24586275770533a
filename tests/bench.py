"""Measure builds of the demonstration: cold, nothing to do, and one notebook's text edited; and the preview of a section.

Run by ``make bench``. Of the preview the time counts from saving a notebook to the new page, with text or code changed.

Each figure is the median of several runs, beside a peer in the same run: the start of a bare ``snakemake --version``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]


def timed(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Return wall seconds, CPU seconds and the largest resident size in MiB of a command's process tree."""
    environment = os.environ | {"PYTHONPATH": str(folder / "workflow" / "lib")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout[-2000:] + done.stderr[-4000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1024


def edited(folder: Path, kind: str = "markdown", words: str = "\n\nThis sentence was added by the benchmark.") -> None:
    """Add words to the last cell of a kind of a notebook."""
    path = folder / "notebooks" / "survey.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in reversed(notebook["cells"]) if cell["cell_type"] == kind)
    cell["source"] = "".join(cell["source"]) + words
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def previewed(folder: Path) -> dict[str, float]:
    """Return seconds from saving a notebook to its new page: text changed, then code changed."""
    command = [sys.executable, "-m", "genequity.authors.live", "survey", "--no-browser"]
    environment = os.environ | {"PYTHONPATH": str(folder / "workflow" / "lib"), "PYTHONUNBUFFERED": "1"}
    shown = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        line = next(line for line in shown.stdout if "http://" in line)
        address = re.search(r"http://\S+/", line).group()

        def state() -> dict[str, int]:
            return json.loads(urllib.request.urlopen(f"{address}state").read())

        def until_new(change: tuple[str, str], kernels: int) -> float:
            before, start = state(), time.perf_counter()
            edited(folder, *change)
            while (now := state())["version"] == before["version"]:
                time.sleep(0.02)
            if now["kernels"] - before["kernels"] != kernels:
                sys.exit(f"the preview ran {now['kernels'] - before['kernels']} kernels, not {kernels}")
            return time.perf_counter() - start

        text = until_new(("markdown", "\n\nThis sentence was added for the preview."), 0)
        return {"preview: text saved": text, "preview: code saved": until_new(("code", "  # changed"), 1)}
    finally:
        shown.terminate()
        shown.wait()


def main() -> None:
    """Print a table of medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    snakemake = [sys.executable, "-m", "snakemake"]
    build = [*snakemake, "--cores", "2", "--quiet", "all"]
    figures: dict[str, list[tuple[float, float, float]]] = {}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
            figures.setdefault("snakemake --version (peer)", []).append(timed([*snakemake, "--version"], folder))
            figures.setdefault("cold build", []).append(timed(build, folder))
            figures.setdefault("nothing to do", []).append(timed(build, folder))
            edited(folder)
            figures.setdefault("one notebook's text edited", []).append(timed(build, folder))
            for name, wall in previewed(folder).items():
                figures.setdefault(name, []).append((wall, math.nan, math.nan))
    peer = statistics.median(wall for wall, _, _ in figures["snakemake --version (peer)"])
    print(f"{'':30}{'wall s':>9}{'CPU s':>9}{'x peer':>9}{'peak MiB':>10}   ({runs} runs, medians)")
    for name, rows in figures.items():
        wall, cpu, peak = (statistics.median(column) for column in zip(*rows, strict=True))
        used = (f"{cpu:9.1f}", f"{peak:10.0f}") if cpu == cpu else (f"{'–':>9}", f"{'–':>10}")
        print(f"{name:30}{wall:9.1f}{used[0]}{wall / peer:9.1f}{used[1]}")


if __name__ == "__main__":
    main()
