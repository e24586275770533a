"""The service benchmark runs at a small size, and what the guide shows of models at scale does what it says."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from genequity.config import ROOT

GUIDE = ROOT / "config" / "guide" / "scale.md"


@pytest.mark.slow
def test_benchmark_runs_every_job_and_says_what_was_not_installed():
    command = [sys.executable, "tests/bench_service.py", "--rows", "30000", "--runs", "1", "--replicates", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("288 models", "variance by provider", "inference bundle", "records step", "Growth", "Beside peers"):
        assert words in done.stdout
    peer = next(line for line in done.stdout.splitlines() if line.startswith("R fixest"))
    assert "not installed" in peer or "coefficients apart by" in peer


def test_the_guide_shows_code_that_runs(tmp_path):
    sys.path.insert(0, str(ROOT / "tests"))
    from bench_service_data import write

    write(20_000, tmp_path / "residents.parquet")
    (code,) = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    found: dict = {}
    exec(code.replace("residents.parquet", str(tmp_path / "residents.parquet")), found)
    # A group without anyone referred is left out; all others are there.
    assert 19_000 < found["fitted"].records <= 20_000
    assert found["clustered"].clusters == 150
    assert found["design"].factors[0].levels[0] == "White British"
