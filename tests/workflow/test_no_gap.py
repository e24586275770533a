"""A study in which no group differs: it says "no clear difference", and nothing else beyond what chance gives.

With intervals at 95%, one comparison in twenty is expected to look clear though nothing was planted. The number allowed is
the 99.9% point of that binomial distribution, so a correct build fails here once in a thousand seeds, and one that finds
gaps where there are none fails almost surely: the demonstration itself, with its planted gaps, is far beyond it.
"""

import pytest
import yaml
from conftest import build, clone, said
from genequity import config, files, findings
from scipy.stats import binom

pytestmark = pytest.mark.slow

COMPARES = ("higher", "lower", "no_clear_difference")
LEFT_OUT = ("policy", "evidence", "interviews", "recommendations", "primary")


def without_gaps(truth):
    """Return a truth in which groups are the same in everything that is counted or asked."""
    for item in truth["survey"]["items"].values():
        for name in ("group", "age_band", "education"):
            item.pop(name, None)
    service = truth["service"]
    service["rate_ratio"] = dict.fromkeys(service["rate_ratio"], 1.0)
    service["regional"]["extra"] = 0.0
    for stage in service["stages"].values():
        stage |= {"group": {}, "deprivation": 0.0, "female": 0.0}
    return truth


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = clone(tmp_path_factory.mktemp("no-gap"))
    truth = folder / "config" / "demo" / "truth.yaml"
    truth.write_text(yaml.safe_dump(without_gaps(config.read(truth)), sort_keys=False), encoding="utf-8")
    file = folder / "config" / "config.yaml"
    study = config.read(file)
    for section in LEFT_OUT:
        study.pop(section)
    file.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    target = "results/release/synthesis/register.synthetic.csv"
    done = build(folder, "--", target)
    assert done.returncode == 0, said(done)[-4000:]
    return folder / target


def compared(path):
    rows = findings.read([path])
    return rows[rows["direction"].isin(COMPARES) & rows["group"].fillna("").ne("")]


@pytest.mark.parametrize("strand", ["service", "survey"])
def test_no_more_differences_are_found_than_chance_gives(register, strand):
    rows = compared(register)
    mine = rows[rows["strand"] == strand]
    clear = mine[mine["direction"] != "no_clear_difference"]
    allowed = int(binom.ppf(0.999, len(mine), 0.05))
    assert len(mine) >= 10  # an item without any clear difference is one row
    assert len(clear) <= allowed, clear["statement"].tolist()


@pytest.mark.parametrize("strand", ["service", "survey"])
def test_what_is_not_clear_is_called_no_clear_difference(register, strand):
    rows = findings.read([register])
    none = rows[(rows["strand"] == strand) & (rows["direction"] == "no_clear_difference")]
    said_so = none["statement"].str.contains("no clear difference", case=False)
    assert len(none) >= 10
    assert said_so.all(), none.loc[~said_so, "statement"].tolist()


def test_the_demonstration_with_its_gaps_is_far_beyond_what_chance_gives(built):
    rows = compared(files.find_table(built / "release", "synthesis/register"))
    for strand in ("service", "survey"):
        mine = rows[rows["strand"] == strand]
        assert (mine["direction"] != "no_clear_difference").sum() > binom.ppf(0.999, len(mine), 0.05), strand
