"""Style of code, rules and notebooks, and what may never be committed. Run by ``make lint``, pre-commit and CI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import data_guard

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def tracked() -> list[str]:
    """Return the files that git tracks or would add; none where there is no git checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def data_problems() -> list[str]:
    """Data files, large files, notebooks with outputs."""
    found = data_guard.problems(ROOT)
    for name in tracked():
        path = ROOT / name
        if path.suffix == ".ipynb":
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            if any(cell.get("outputs") or cell["metadata"].get("user_expressions") for cell in cells):
                found.append(f"{name}: holds outputs; strip them (nbstripout --keep-id)")
    return found


def commands() -> list[list[str]]:
    """The linters, as they are run."""
    rules = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("workflow/rules/*.smk"))
    return [
        [str(BIN / "ruff"), "check", "."],
        [str(BIN / "ruff"), "format", "--check", "--exclude", "*.ipynb", "."],
        [str(BIN / "snakefmt"), "--check", "Snakefile", *rules],
        [str(BIN / "snakemake"), "--lint"],
        [sys.executable, "-m", "genequity.publish.lint"],
    ]


def main() -> int:
    """Print what is wrong and return the exit status."""
    found = data_problems()
    print("\n".join(found))
    if "--data" in sys.argv:
        return bool(found)
    failed = [c for c in commands() if subprocess.run(c, cwd=ROOT, env=os.environ).returncode]
    if failed:
        print("not clean:", ", ".join("notebooks" if c[1] == "-m" else Path(c[0]).name for c in failed))
    return bool(found or failed)


if __name__ == "__main__":
    sys.exit(main())
