"""A release of one small table, as it stands after the gate, and the pack of it."""

import json
from pathlib import Path

import pytest
from genequity import tables
from genequity.files import write_json
from genequity.pack import archive, build, limits, manifest

POPULATION = {"toy": "Invented people of an invented town"}
ENTRY = {
    "title": "People seen, by group",
    "row": "one group",
    "key": ["group"],
    "level": "sub-national",
    "totals": {"column": "group", "total": "All groups"},
    "columns": {
        "group": {"type": "string", "description": "Group"},
        "seen": {"type": "integer", "unit": "people", "protect": "count", "description": "People seen"},
        "people": {"type": "integer", "unit": "people", "protect": "count", "description": "People asked"},
        "share": {
            "type": "number",
            "unit": "proportion",
            "protect": {"ratio": ["seen", "people"]},
            "description": "Share of the people asked who were seen",
        },
        "place": {"type": "integer", "basis": "order", "description": "Order in which groups are shown"},
    },
}
ROWS = "group,seen,people,share,place,suppressed\nA,,,,1,small number\nAll groups,55,100,0.550000,2,\nB,,60,,3,protects another cell\n"
NUMBERS = "key,value,unit,decimals,source_table,source_row,source_column,rule\ntoy.people,100,people,,toy/seen,group=All groups,people,toy\n"


class Maker:
    """Writes a released folder and packs it."""

    def __init__(self, folder: Path, monkeypatch):
        self.folder, self.monkeypatch = folder, monkeypatch
        self.release = folder / "results" / "release"
        self.entry = json.loads(json.dumps(ENTRY))
        self.files = {"toy/seen.csv": ROWS, "toy/numbers.csv": NUMBERS}
        self.data = "restricted"
        self.gate = {"passed": True, "tables": [{"name": "toy/seen", "rows": 3}]}

    def pack(self, **options) -> Path:
        """Write the release and its pack; return the archive."""
        schema = tables._parse("toy/seen", self.entry)
        self.monkeypatch.setattr(tables, "schemas", lambda: {"toy/seen": schema})
        for name, content in self.files.items():
            path = self.release / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        study = {
            "title": "A study", "version": "1", "date": "2026-01-31", "data": self.data, "authors": ["An Author"],
            "code_version": "0+abc", "watermark": "DRAFT; NOT OUTPUT-CHECKED", "output_checked": "Not output-checked",
            "strands": {"survey": {"supplied": False}},
        }  # fmt: skip
        write_json(self.release / "study.json", study)
        write_json(self.release / "gate.json", self.gate)
        released = [str(path) for path in sorted(self.release.rglob("*")) if path.is_file()]
        made = self.folder / "results" / "pack.zip"
        settings = {"release_folder": str(self.release), "profile": "nhse", "populations": POPULATION} | options
        build.build(released, str(self.folder / "results" / "pack"), str(made), **settings)
        return made

    def changed(self, made: Path, change, relist=False) -> Path:
        """Return an archive with the files that ``change(contents)`` leaves, their hashes listed anew if asked."""
        contents = archive.read(made, limits.read())
        change(contents)
        if relist:
            listed = json.loads(contents[manifest.NAME])
            study = listed["study"] | {"code_version": listed["code_version"]}
            contents[manifest.NAME] = manifest.of(contents, study, "nhse", "2018")
        target = self.folder / "changed" / "pack.zip"
        target.parent.mkdir(exist_ok=True)
        archive.write(contents, target)
        return target


@pytest.fixture
def maker(tmp_path, monkeypatch):
    return Maker(tmp_path, monkeypatch)


def approval(made: Path, people=None, sha256=None) -> Path:
    """Write an approval beside an archive."""
    contents = archive.read(made, limits.read())
    people = people or [person("First Checker"), person("Second Checker", role="Data steward")]
    record = {"manifest_sha256": sha256 or manifest.digest(contents[manifest.NAME]), "checkers": people}
    path = made.with_name(manifest.APPROVAL)
    path.write_text(json.dumps(record), encoding="utf-8")  # JSON is YAML
    return path


def person(name, role="Output checker", date="2026-02-01", decision="approved"):
    return {"name": name, "role": role, "date": date, "decision": decision}


@pytest.fixture
def approve():
    return approval


@pytest.fixture
def checker():
    return person
