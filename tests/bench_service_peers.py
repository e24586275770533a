"""Peers of the service benchmark in R, each a process of its own: cells by data.table and ``glm``, ``glm`` on records.

R and its packages are used where they are installed; the project does not need them. Their data are stored as R keeps
them in memory (an uncompressed RDS file), so that no time goes into parsing text.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

PREPARE = """
library(data.table); d <- fread("{csv}", stringsAsFactors = FALSE)
for (name in c("broad", "age_band", "sex", "deprivation", "region", "year")) {{
    values <- sort(unique(as.character(d[[name]])), method = "radix")
    if (name == "deprivation") values <- as.character(1:10)
    if (name == "broad") values <- c("White", setdiff(c("White", "Mixed", "Asian", "Black", "Other", "Unknown"), "White"))
    d[[name]] <- factor(as.character(d[[name]]), levels = values)
}}
saveRDS(d, "{rds}", compress = FALSE)
"""
CELLS = """
suppressMessages(library(data.table)); setDTthreads(2); d <- readRDS("{rds}"); setDT(d)
cells <- d[, .(n = .N, y = sum(referred), t = sum(tests), years = sum(days) / 365.25, k = sum(!is.na(wait_days)),
    s = sum(log(wait_days), na.rm = TRUE)), by = .(broad, age_band, sex, deprivation, region, year)]
a <- glm(cbind(y, n - y) ~ broad + age_band + sex + deprivation + region + year, binomial, cells)
b <- glm(t ~ broad + age_band + sex + deprivation + region + year + offset(log(years)), poisson, cells)
c <- lm(s / k ~ broad + age_band + sex + deprivation + region + year, cells, weights = k, subset = k > 0)
cat(sprintf("%.17g", coef(a)), "\\n")
"""
RECORDS = """
d <- as.data.frame(readRDS("{rds}"))
a <- glm(referred ~ broad + age_band + sex + deprivation + region + year, binomial, d, model = FALSE, x = FALSE, y = FALSE)
cat(sprintf("%.17g", coef(a)), "\\n")
"""
FIXEST = """
suppressMessages(library(fixest)); setFixest_nthreads(2); d <- readRDS("{rds}")
a <- feglm(referred ~ broad + age_band + sex + deprivation + region + year, d, family = binomial, notes = FALSE)
cat(sprintf("%.17g", coef(a)), "\\n")
"""
NEEDS = {
    "R data.table cells + glm": ("data.table", CELLS),
    "R glm": ("data.table", RECORDS),
    "R fixest": ("fixest", FIXEST),
}


def installed(package: str) -> bool:
    """Say whether R and one of its packages are there."""
    if not shutil.which("Rscript"):
        return False
    test = f"quit(status = !requireNamespace('{package}', quietly = TRUE))"
    return subprocess.run(["Rscript", "-e", test], capture_output=True).returncode == 0


def prepare(parquet: Path, rds: Path) -> None:
    """Write the residents as R keeps them."""
    import duckdb
    from bench_service_data import GROUPS

    broad = " ".join(f"WHEN ethnicity IN {tuple(names)} THEN '{group}'" for group, names in GROUPS.items())
    query = f"""SELECT CASE {broad} ELSE 'Unknown' END AS broad, age_band, sex, deprivation, region, year, referred,
        tests, days, wait_days FROM read_parquet('{parquet}')"""
    csv = rds.with_suffix(".csv")
    duckdb.connect().execute(f"COPY ({query}) TO '{csv}' (HEADER)")
    run(PREPARE.format(csv=csv, rds=rds))
    csv.unlink()


def run(script: str) -> dict:
    """Run R code in a process of its own; return seconds, the largest resident size in MiB, and the coefficients."""
    with tempfile.NamedTemporaryFile("w", suffix=".R") as file:
        file.write(script)
        file.flush()
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = subprocess.Popen(["Rscript", file.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        output, errors = process.communicate()
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        return {"failed": errors.strip().splitlines()[-1] if errors.strip() else f"status {process.returncode}"}
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "wall": wall,
        "cpu": cpu,
        "peak": after.ru_maxrss / 1024,
        "beta": [float(x.replace("NA", "nan")) for x in output.split()],
    }


def free() -> float:
    """Return the memory that is free, in GiB; none is said to be where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 2**20 for line in lines if line.startswith("MemAvailable")), 0.0)


def peer(name: str, parquet: Path, needed: float) -> dict:
    """Run one peer on a file of residents, where R and its package are installed and so many GiB are free."""
    package, script = NEEDS[name]
    if not (installed(package) and installed("data.table")):
        return {"failed": "not installed"}
    # Ten million rows take R's glm 20 GiB: without the test the system would end some other program.
    if free() < needed:
        return {"failed": f"not run: needs {needed:g} GiB, {free():.1f} are free"}
    return run(script.format(rds=parquet.with_suffix(".rds")))


def main(what: str, parquet: Path, needed: float = 0.0) -> dict:
    """Prepare a file for the peers, in a process of its own, or run one."""
    if what != "prepare":
        return peer(what, parquet, needed)
    if installed("data.table") and not parquet.with_suffix(".rds").exists():
        prepare(parquet, parquet.with_suffix(".rds"))
    return {}


if __name__ == "__main__":
    import sys

    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), *map(float, sys.argv[3:]))))
