"""The loss card: what went in, what was read, what not and why."""

import re

import pandas as pd
import pytest
from genequity.coding import card, formats, load, losses, project, text
from genequity.coding.project import Project
from genequity.errors import InputError


def broken(tmp_path, vendors):
    rows = vendors.rows_of("maxqda-table")
    rows[1] = ["" if cell == vendors.CODINGS[0][3] else cell for cell in rows[1]]
    path = tmp_path / "Interviews & more.csv"
    path.write_bytes(vendors.separated(rows))
    return path


def test_the_card_adds_up_and_says_why(tmp_path, vendors):
    paths = [str(vendors.qdpx(tmp_path / "p.qdpx", **vendors.DIALECTS["MAXQDA"])), str(broken(tmp_path, vendors))]
    projects = formats.read_all([{"path": path, "format": "auto"} for path in paths])
    table = losses.table(projects).set_index("file")
    assert table.loc["File 1", ["codings", "segments", "set_aside", "comments"]].tolist() == [9, 9, 0, 1]
    assert table.loc["File 2", ["codings", "segments", "set_aside"]].tolist() == [9, 8, 1]
    assert table.loc[losses.ALL, ["codings", "segments", "set_aside"]].tolist() == [18, 17, 1]
    assert table.loc["File 1", "repairs"] == "crlf (9)"
    assert table.loc["File 1", ["placed", "at_edges"]].tolist() == [9, 18]
    assert table.loc["File 2", "reasons"] == "its cell of words is blank (1)"
    assert table.loc["File 2", "exact"] == 8  # found in the texts of the first file
    told = losses.text(projects, paths)
    assert re.search(r"Interviews & more\.csv +9 +8 +1 +8", told)
    assert "Positions brought to one count: line ends counted as two characters (9)." in told
    assert "Proof: 9 segments stand in their text, with 18 of 18 boundaries at a word's edge." in told
    assert "Not read, and why: its cell of words is blank (1)." in told
    page = losses.page(projects, paths, "Interviews")
    assert "Interviews &amp; more.csv" in page
    assert "18 codings in 2 files: 17 read, 1 not read." in page
    assert "http" not in page.replace("http-equiv", "")  # needs nothing from elsewhere


def test_a_reader_that_loses_a_coding_is_stopped():
    bad = Project(codings=3, segments=project.segment_frame([]))
    with pytest.raises(AssertionError, match="3 codings in the file, 0 read and 0 set aside"):
        losses.table([bad])


def test_any_loss_stops_a_study_unless_it_is_allowed(tmp_path, vendors):
    path = broken(tmp_path, vendors)
    entries = [{"path": str(path), "format": "auto"}]
    with pytest.raises(InputError, match="1 of 9 codings cannot be used: its cell of words is blank"):
        load.read(entries, None, [], allow_set_aside=False)
    coded = load.read(entries, None, [], allow_set_aside=True)
    assert len(coded.merged.segments) == 8


def test_the_card_of_a_strand_hides_who_withdrew(tmp_path, vendors):
    path = broken(tmp_path, vendors)
    coded = load.read([{"path": str(path), "format": "auto"}], None, [], allow_set_aside=True)
    out = [str(tmp_path / name) for name in ("losses.csv", "card.html", "lost.csv")]
    losses.deliver(coded, *out, "interviews")
    assert "Interview 1" in (tmp_path / "card.html").read_text()
    assert pd.read_csv(out[2])[["source", "reason"]].values.tolist() == [["Interview 1", "its cell of words is blank"]]
    losses.deliver(coded, *out, "interviews", hidden=["interview_1"])
    assert "Interview 1" not in (tmp_path / "card.html").read_text() + (tmp_path / "lost.csv").read_text()
    assert pd.read_csv(out[0]).set_index("file").loc["File 1", "set_aside"] == 1


def test_events_registered_in_one_file_mark_what_another_codes(tmp_path, vendors):
    register = tmp_path / "events.csv"
    register.write_text("event,date,who,people,consent,text\nInterview 2,2026-02-03,clinicians,12,yes,placeholder\n")
    coded = load.read(
        [{"path": str(vendors.qdpx(tmp_path / "p.qdpx")), "format": "auto"}, {"path": str(register), "format": "auto"}],
        None,
        [],
        allow_set_aside=False,
    )
    kinds = coded.projects[0].segments.groupby("source")["kind"].unique()
    assert kinds.map(list).to_dict() == {"Interview 1": ["source"], "Interview 2": ["event"]}
    assert coded.events["event"].tolist() == ["Interview 2"]


def test_the_verb_reads_any_file_and_writes_its_card(tmp_path, vendors, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    good = vendors.qdpx(tmp_path / "p.qdpx")
    assert card.main([str(good)]) == 0
    assert re.search(r"p\.qdpx +9 +9 +0 +9", capsys.readouterr().out)
    assert (tmp_path / card.CARD).read_text().startswith("<!doctype html>")
    assert card.main([str(good), str(broken(tmp_path, vendors)), str(tmp_path / "gone.csv")]) == 1
    said = capsys.readouterr()
    assert "cannot be used: its cell of words is blank" in said.err
    assert "gone.csv: this file does not exist" in said.err


def test_the_table_of_a_chapter_ends_with_all_files(tmp_path, vendors):
    paths = [vendors.qdpx(tmp_path / f"{n}.qdpx") for n in range(11)]
    card = losses.table([formats.read({"path": str(path), "format": "auto"}) for path in paths])

    class Release:
        def table(self, name):
            return card.sort_values("file") if name == "interviews/losses" else card.head(0)

    shown = text.losses(Release(), "interviews")
    assert shown["file"].tolist() == [*(f"File {n}" for n in range(1, 12)), "All files"]
    assert shown.iloc[-1][["codings", "segments", "set_aside", "placed"]].tolist() == [99, 99, 0, 99]
    assert len(text.losses(Release(), "policy")) <= 1
