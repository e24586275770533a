"""A tiny extract and the settings that read it."""

import copy

import pytest
from genequity.groups import Scheme

SECTION = {
    "inputs": {"extract": "extract.csv"},
    "extract": {},
    "period": {"from": "2024-01-01", "to": "2024-12-31", "observed_until": "2025-03-31"},
    "fields": {
        "record": "ref",
        "person": "who",
        "date": "day",
        "region": "area",
        "provider": "site",
        "age": {"column": "years"},
        "sex": {"column": "sex", "values": {"F": "Female", "M": "Male"}},
        "deprivation": {"column": "imd", "values": {"1": "1", "2": "2"}},
        "ethnicity": ["form", "hospital"],
    },
    "start": {"id": "referred", "label": "Referred"},
    "pathway": [
        {"id": "accepted", "label": "Accepted", "column": "ok", "equals": ["Y"]},
        {"id": "tested", "label": "Tested", "column": "tested", "within": {"of": "day", "days": 60}},
    ],
    "outcomes": ["accepted", "tested"],
    "adjust": {"crude": [], "full": ["age", "sex"]},
    "cluster": None,
    "rates": None,
    "methods": {
        "resolution": "most_recent_valid",
        "unspecific_codes": ["S"],
        "repeat_records": "keep",
        "age_bands": [0, 40],
        "model_ages": [0, 40],
        "standardise_by": ["age"],
        "level": 0.95,
        "min_events": 2,
        "min_clusters": 10,
        "variance": "auto",
        "separated": "leave_out",
        "power": 0.8,
        "stop_above": {"duplicate": 1, "date": 1, "age": 1, "region": 1, "ethnicity": 1},
    },
}
HEAD = "ref,who,day,area,site,years,sex,imd,form,hospital,ok,tested"


@pytest.fixture
def section(tmp_path):
    own = copy.deepcopy(SECTION)
    own["inputs"]["extract"] = str(tmp_path / "extract.csv")
    return own


@pytest.fixture
def scheme(tmp_path):
    file = tmp_path / "scheme.csv"
    file.write_text(
        "code,label,kind,five\nA,White,valid,White\nH,Indian,valid,Asian\nJ,Pakistani,valid,Asian\nS,Any other,valid,Other\n"
        "Z,Not stated,declined,Not stated\n99,Not known,unknown,Not known\n"
    )
    return Scheme.read(file)


@pytest.fixture
def write(section):
    """Write the extract from lines and return the settings."""

    def make(*lines, head=HEAD):
        with open(section["inputs"]["extract"], "w", encoding="utf-8") as handle:
            handle.write("\n".join([head, *lines]) + "\n")
        return section

    return make


@pytest.fixture
def prepared(write, scheme):
    """Yield a connection in which the lines are read, checked and staged."""
    from contextlib import contextmanager

    from genequity.service import extract, records, sources

    @contextmanager
    def make(*lines, regions=None, **methods):
        own = write(*lines)
        own["methods"] |= methods
        path = own["inputs"]["extract"]
        with extract.opened(path, own["extract"]) as connection:
            extract.read_records(connection, path, own["fields"], own["pathway"], own["extract"])
            sources.load(connection, own)
            records.prepare(connection, own, scheme, "five", regions or {"a": "Area A", "b": "Area B"}, "All regions")
            yield connection, own

    return make
