"""Outside, a pack is refused unless it is whole, unchanged, plain and, where it must be, approved by two people."""

import io
import json
import stat
import zipfile
from pathlib import Path

import pytest
from genequity.errors import InputError
from genequity.pack import manifest, outside


def refused(path, *words, approval=None):
    with pytest.raises(InputError) as caught:
        outside.open_pack(path, approval)
    text = str(caught.value)
    assert all(word in text for word in words), text


def test_an_approved_pack_is_opened(maker, approve):
    made = maker.pack()
    approve(made)
    pack = outside.open_pack(made)
    assert pack.tables == {"toy": ["seen"]}
    assert pack.released == ["gate.json", "study.json", "toy/numbers.csv", "toy/seen.csv"]


@pytest.mark.parametrize("data", ["synthetic", "public"])
def test_open_data_need_no_approval(maker, data):
    maker.data = data
    assert outside.open_pack(maker.pack()).approval is None


def test_missing_approval(maker):
    refused(maker.pack(), "nobody has approved these outputs")


def test_an_approval_that_was_named_and_is_not_there(maker, approve):
    made = maker.pack()
    approve(made)
    refused(made, "nowhere.yaml", "does not exist", approval="nowhere.yaml")


def test_one_checker_only(maker, approve, checker):
    made = maker.pack()
    approve(made, [checker("First Checker")])
    refused(made, "1 checker is named", "2 checkers")


@pytest.mark.parametrize("again", ["First Checker", "first  checker ", "FIRST-CHECKER", "Fírst Checker"])
def test_the_same_person_twice(maker, approve, checker, again):
    made = maker.pack()
    approve(made, [checker("First Checker"), checker(again, role="Another role")])
    refused(made, "the same person stands twice")


def test_an_author_is_no_checker(maker, approve, checker):
    made = maker.pack()
    approve(made, [checker("First Checker"), checker("an author")])
    refused(made, "an author of the study is named as checker")


def test_a_checker_who_rejects(maker, approve, checker):
    made = maker.pack()
    approve(made, [checker("First Checker"), checker("Second Checker"), checker("Third Checker", decision="rejected")])
    refused(made, "checker 3", "the decision is 'rejected'")


@pytest.mark.parametrize("field", ["name", "role", "date", "decision"])
def test_an_entry_that_is_not_filled_in(maker, approve, checker, field):
    made = maker.pack()
    approve(made, [checker("First Checker"), checker("Second Checker") | {field: ""}])
    refused(made, "checker 2", f"the {field} is missing")


def test_a_date_that_is_none(maker, approve, checker):
    made = maker.pack()
    approve(made, [checker("First Checker", date="1 Feb"), checker("Second Checker")])
    refused(made, "the date is not one")


def test_an_approval_for_other_files(maker, approve):
    made = maker.pack()
    approve(made, sha256="0" * 64)
    refused(made, "the approval is for other files")


def test_a_pack_that_changed_after_its_approval(maker, approve):
    """The change is listed in a new manifest, so only the approval can tell."""
    made = maker.pack()
    approved = approve(made).read_text()
    later = maker.changed(made, lambda c: c.update({"README.txt": b"changed"}), relist=True)
    later.with_name("approval.yaml").write_text(approved)
    refused(later, "the approval is for other files")


def test_the_unfilled_approval_in_the_pack_is_none(maker):
    made = maker.pack()
    made.with_name("approval.yaml").write_bytes((made.with_suffix("") / "approval.yaml").read_bytes())
    refused(made, "checker 1", "the name is missing", "no checker is named")


def test_an_approval_may_lie_in_the_pack(maker, approve):
    made = maker.pack()
    text = approve(made).read_bytes()
    inside = maker.changed(made, lambda c: c.update({"approval.yaml": text}))
    assert outside.open_pack(inside).approval.checkers[0]["name"] == "First Checker"


def test_a_changed_file(maker, approve):
    made = maker.pack()
    changed = maker.changed(
        made, lambda c: c.update({"release/toy/seen.csv": c["release/toy/seen.csv"] + b"C,3,9,,4,\n"})
    )
    approve(changed)
    refused(changed, "release/toy/seen.csv", "its hash differs")


def test_a_file_that_is_not_in_the_manifest(maker, approve):
    changed = maker.changed(maker.pack(), lambda c: c.update({"release/toy/more.csv": b"x\n1\n"}))
    approve(changed)
    refused(changed, "release/toy/more.csv", "a file is not in the manifest")


def test_a_file_that_is_gone(maker, approve):
    changed = maker.changed(maker.pack(), lambda c: c.pop("release/toy/numbers.csv"))
    approve(changed)
    refused(changed, "a file of the manifest is missing")


def test_a_table_without_its_context_sheet(maker, approve):
    changed = maker.changed(maker.pack(), lambda c: c.pop("release/toy/seen.context.txt"), relist=True)
    approve(changed)
    refused(changed, "a table has no context sheet")


def test_a_listed_file_of_a_wrong_type(maker, approve):
    changed = maker.changed(maker.pack(), lambda c: c.update({"release/toy/macro.xlsm": b"x"}), relist=True)
    approve(changed)
    refused(changed, "macro.xlsm", "may not leave")


def test_a_release_that_did_not_pass_the_gate(maker, approve):
    failed = lambda c: c.update({"release/gate.json": b'{"passed": false}'})  # noqa: E731
    changed = maker.changed(maker.pack(), failed, relist=True)
    approve(changed)
    refused(changed, "has not passed the gate")


def test_restricted_data_that_are_only_called_public_in_the_manifest(maker):
    def called_public(contents):
        listed = json.loads(contents["manifest.json"])
        listed["study"]["data"] = "public"
        contents["manifest.json"] = json.dumps(listed).encode()

    refused(maker.changed(maker.pack(), called_public), "do not agree")


def stuffed(made: Path, name: str, content=b"x", mode=stat.S_IFREG | 0o644):
    """Add an entry to an archive as nobody would who wanted well."""
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, mode << 16
    with zipfile.ZipFile(made, "a") as opened:
        opened.writestr(entry, content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("name", "mode", "word"),
    [
        ("../outside.csv", stat.S_IFREG, "leads out of the archive"),
        ("release/../../outside.csv", stat.S_IFREG, "leads out of the archive"),
        ("/tmp/outside.csv", stat.S_IFREG, "leads out of the archive"),
        ("release\\..\\outside.csv", stat.S_IFREG, "leads out of the archive"),
        ("C:/outside.csv", stat.S_IFREG, "leads out of the archive"),
        ("../", stat.S_IFDIR, "leads out of the archive"),
        ("release/toy/link.csv", stat.S_IFLNK, "a link or a device"),
        ("release/study.json", stat.S_IFREG, "the name stands twice"),
        ("release/STUDY.json", stat.S_IFREG, "the name stands twice"),
    ],
)
def test_paths_that_escape_links_and_repeated_names(maker, approve, name, mode, word):
    made = maker.pack()
    approve(made)
    stuffed(made, name, mode=mode)
    refused(made, word)


def test_folders_in_the_archive_do_no_harm(maker, approve):
    made = maker.pack()
    approve(made)
    stuffed(made, "release/", b"", mode=stat.S_IFDIR | 0o755)
    assert outside.open_pack(made).tables == {"toy": ["seen"]}


def test_a_file_that_unpacks_too_large_is_not_read(maker, monkeypatch):
    made = maker.pack()
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("release/toy/bomb.csv", b"0" * 20_000_000)
    refused(made, "bomb.csv", "20,000,000 bytes are too many")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + b"\x00" * 10])
def test_what_is_no_archive(tmp_path, content):
    (tmp_path / "pack.zip").write_bytes(content)
    refused(tmp_path / "pack.zip", "cannot be read as a zip archive")


def test_a_damaged_archive(maker):
    made = maker.pack()
    whole = bytearray(made.read_bytes())
    whole[200] ^= 1
    made.write_bytes(bytes(whole))
    with pytest.raises(InputError):
        outside.open_pack(made)


def test_an_archive_of_something_else(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("pack/manifest.json", "{}")
    (tmp_path / "pack.zip").write_bytes(buffer.getvalue())
    refused(tmp_path / "pack.zip", "it holds no manifest.json")


@pytest.mark.parametrize("content", [b"[]", b"{}", b"\xff", b'{"files": [{"path": "../x", "sha256": "", "bytes": 1}]}'])
def test_a_manifest_that_is_none(maker, content):
    changed = maker.changed(maker.pack(), lambda c: c.update({manifest.NAME: content}))
    refused(changed, "is not one of a release pack")


def test_unpacking_writes_the_release_as_it_left_and_says_who_approved_it(maker, approve, tmp_path):
    made = maker.pack()
    approve(made)
    folder = tmp_path / "outside" / "release"
    names = outside.open_pack(made).released
    outside.unpack(str(made), None, [str(folder / name) for name in names], str(folder))
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == names
    for name in names:
        if name != "study.json":
            assert (folder / name).read_bytes() == (maker.release / name).read_bytes()
    facts = json.loads((folder / "study.json").read_text())
    assert facts["watermark"] == "DRAFT"
    assert facts["output_checked"] == (
        "Output-checked and approved for publication by First Checker (Output checker, 2026-02-01) "
        "and Second Checker (Data steward, 2026-02-01)"
    )


def test_the_study_is_known_from_the_pack_alone(maker, approve):
    made = maker.pack()
    beside = approve(made)
    found = outside.study({"pack": str(made)})
    assert found["results"] == "results/outside"
    assert found["survey"] is None
    assert found["pack"]["approval"] == [str(beside)]
    with pytest.raises(InputError, match="no release pack is named"):
        outside.study({})
