"""Data files are refused before they are committed: by name and by content, tracked, staged or merely there."""

import gzip
import io
import subprocess
import zipfile

import data_guard
import pytest
from genequity.config import ROOT

ROWS = "id,age,postcode\n" + "".join(f"{n},{n + 20},ZZ99 {n}\n" for n in range(12))


def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.email=a@example.org", "-c", "user.name=A", *arguments], cwd=folder, check=True)


@pytest.fixture
def checkout(tmp_path):
    git(tmp_path, "init", "-q", ".")
    return tmp_path


def zipped(name):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(name, "x")
    return whole.getvalue()


DATA = {
    "people.csv": ROWS.encode(),
    "inputs/survey/responses.sav": b"$FL2@(#) SPSS DATA FILE",
    "tests/extract.parquet": b"PAR1",
    "notes.docx": zipped("word/document.xml"),
    "letter.pdf": b"%PDF-1.7",
    "interview.txt": b"Interviewer: how are you?",
    "focus-group.vtt": b"WEBVTT\n\n00:01.000 --> 00:04.000\nHello",
    "export.ris": b"TY  - JOUR\n",
    "voice.m4a": b"\0\0\0\x20ftypM4A ",
    "people.csv.bak": ROWS.encode(),
    "~$register.xlsx": b"x",
    "config/schemes/people.xlsx": zipped("xl/workbook.xml"),
}
HIDDEN = {  # renamed, so that only the content tells
    "readme": ROWS.encode(),
    "data.dat2": ROWS.replace(",", "\t").encode(),
    "settings.conf": ROWS.replace(",", ";").encode("utf-16"),
    "page.md": (ROWS + ROWS[17:] * 3).encode(),
    "people.json": b'[{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}]',
    "people.jsonl": b'{"id": 1}\n{"id": 2}\n{"id": 3}\n{"id": 4}\n',
    "module.py": zipped("xl/workbook.xml"),
    "old.yaml": b"\xd0\xcf\x11\xe0 old workbook",
    "base.cfg": b"SQLite format 3\x00 and more",
    "model.bin": b"\x80\x04\x95\x00\x00\x00",
    "table.ini": gzip.compress(b"x"),
    "stata.sh": b"\x72\x02\x01\x00 old Stata",
    "text.html": b"{\\rtf1 text}",
    "search.bib": b"\n\nPMID- 123\n",
}
FINE = {
    "config/demo/people.csv": ROWS.encode(),
    "config/standards/population.csv": ROWS.encode(),
    "workflow/lib/module.py": b"import csv\n\nROWS = [1, 2, 3]\nMORE = [4, 5, 6]\nLAST = [7, 8, 9]\nEND = [0, 0, 0]\n",
    "study.yaml": b"study:\n  title: A study\n",
    "README.md": b"| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n| 1 | 2 | 3 |\n| 1 | 2 | 3 |\n",
    "Makefile": b"all:\n\techo done\n",
    "study.json": b'{"title": "A study", "list": [1, 2]}',
    "envs/requirements.txt": b"pandas==3.1\n",
}


@pytest.mark.parametrize("name", [*DATA, *HIDDEN])
def test_data_is_refused_by_name_and_by_content(name):
    assert data_guard.fault(name, {**DATA, **HIDDEN}[name])


@pytest.mark.parametrize("name", FINE)
def test_what_belongs_here_passes(name):
    assert data_guard.fault(name, FINE[name]) is None


def test_staged_tracked_and_new_files_are_all_looked_at(checkout):
    (checkout / ".gitignore").write_text("inputs/\n")
    (checkout / "tracked.csv").write_text(ROWS)
    git(checkout, "add", "tracked.csv")
    git(checkout, "commit", "-q", "-m", "x")
    (checkout / "inputs").mkdir()
    (checkout / "inputs" / "forced.csv").write_text(ROWS)
    (checkout / "inputs" / "kept out.csv").write_text(ROWS)
    git(checkout, "add", "-f", "inputs/forced.csv")
    (checkout / "staged.md").write_text(ROWS + ROWS[17:] * 3)
    git(checkout, "add", "staged.md")
    (checkout / "staged.md").write_text("mended on disk, but not in the index")
    (checkout / "new.xlsx").write_bytes(zipped("xl/workbook.xml"))
    (checkout / "fine.py").write_text("x = 1\n")
    refused = [problem.split(":")[0] for problem in data_guard.problems(checkout)]
    assert refused == ["inputs/forced.csv", "staged.md", "tracked.csv", "new.xlsx"]


def test_no_message_holds_anything_of_a_file(checkout):
    (checkout / "people").write_text(ROWS.replace("ZZ99", "SECRET"))
    assert "SECRET" not in "".join(data_guard.problems(checkout))


def test_a_large_file_is_refused(checkout):
    (checkout / "big.py").write_text("# x\n" * 300_000)
    assert data_guard.problems(checkout) == ["big.py: over 1 MB"]


def test_the_project_itself_holds_no_data():
    assert data_guard.problems(ROOT) == []


def test_outside_git_there_is_nothing_to_say(tmp_path):
    (tmp_path / "people.csv").write_text(ROWS)
    assert data_guard.problems(tmp_path) == []
