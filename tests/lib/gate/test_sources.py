"""Inputs by SHA-256: the setting names them, no file's name leaves, folders count with all their files."""

import hashlib

from genequity import tables
from genequity.gate import sources


def test_each_input_has_the_hash_of_its_bytes_and_its_strand_and_no_file_name(tmp_path):
    answers, project = tmp_path / "smith.csv", tmp_path / "data.qda"
    answers.write_bytes(b"a,b\n1,2\n")
    project.mkdir()
    (project / "one").write_bytes(b"1")
    named = [
        ("themes", str(answers)),
        ("survey.inputs.responses", str(answers)),
        ("interviews.inputs.projects, entry 1", str(project)),
        ("release.names", str(answers)),
    ]
    frame = sources.hashed(named)
    own = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    inner = hashlib.sha256(b"1").hexdigest()
    assert frame.to_dict("records") == [
        {"input": "themes", "strand": "study", "sha256": own},
        {"input": "survey.inputs.responses", "strand": "survey", "sha256": own},
        {
            "input": "interviews.inputs.projects, entry 1",
            "strand": "interviews",
            "sha256": hashlib.sha256(f"{inner}  one\n".encode()).hexdigest(),
        },
    ]
    assert not frame.astype(str).apply(lambda cells: cells.str.contains("smith")).any().any()
    assert tables.problems(frame, "audit/inputs", "inputs.csv") == []


def test_a_changed_file_in_a_folder_changes_its_hash(tmp_path):
    (tmp_path / "one").write_bytes(b"1")
    before = sources.hashed([("survey.inputs.responses", str(tmp_path))])
    (tmp_path / "one").write_bytes(b"2")
    after = sources.hashed([("survey.inputs.responses", str(tmp_path))])
    assert before["sha256"].tolist() != after["sha256"].tolist()
