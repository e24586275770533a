"""Notes of events and round tables: read apart from interviews, never as participants."""

import pytest
from genequity.coding import formats
from genequity.errors import InputError


def read(path, name="auto"):
    return formats.read({"path": str(path), "format": name})


REGISTER = "event,date,title,who,people,consent,code,text,file\n"


def test_events_are_read_apart_from_interviews(tmp_path):
    (tmp_path / "notes.txt").write_text("Somebody asked about letters.\nSomebody else about trust.")
    path = tmp_path / "events.csv"
    path.write_text(
        REGISTER
        + "Round table 1,2026-02-03,Launch,clinicians,12,yes,Trust,Somebody else about trust.,notes.txt\n"
        + "Round table 1,2026-02-03,Launch,clinicians,12,yes,,,notes.txt\n"
        + "Event 2,2026-03-04,Open day,public,30,no,Trust,Not to be used.,\n"
    )
    found = read(path)
    assert found.format == "event-notes"
    assert found.segments[["source", "code", "text", "kind", "start"]].values.tolist() == [
        ["Round table 1", "Trust", "Somebody else about trust.", "event", 30]
    ]
    assert found.events[["event", "people", "consent"]].values.tolist() == [
        ["Round table 1", "12", "yes"],
        ["Event 2", "30", "no"],
    ]
    assert found.events["certainty"].str.startswith("lower").all()
    assert found.unreadable[["source", "reason", "lost"]].values.tolist() == [
        ["Event 2", "the people at this event did not consent to its use", False]
    ]
    assert "Not to be used." not in found.sources["text"].str.cat()


def test_every_problem_of_a_register_at_once(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(
        REGISTER
        + "E1,03/02/2026,,,12,yes,,words,\nE2,2026-03-04,,public,many,maybe,,,../../secret.txt\nE3,2026-03-04,,public,3,yes,Trust,,\n"
    )
    with pytest.raises(InputError) as caught:
        read(path, "event-notes")
    told = [problem.message for problem in caught.value.problems]
    assert told == [
        "this is no date",
        "it is not said who spoke",
        "this is no number of people",
        "this consent is not known",
        "this file does not lie beside the register",
        "there are neither words nor a file",
    ]
