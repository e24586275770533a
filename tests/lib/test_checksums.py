"""A file that was cut off or altered after its step wrote it is found; one that is as it was, or gone, is not."""

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from genequity import checksums, step


def test_truncated_and_altered_files_are_found_whatever_their_times_say(tmp_path):
    whole, cut, altered = (tmp_path / "survey" / name for name in ("whole.csv", "cut.csv", "altered.csv"))
    whole.parent.mkdir()
    for path in (whole, cut, altered):
        path.write_text("group,n\nAsian,12\n")
    checksums.record([whole, cut, altered], tmp_path)
    for path, text in ((cut, "group,n\n"), (altered, "group,n\nAsian,13\n")):
        times = path.stat().st_atime_ns, path.stat().st_mtime_ns
        path.write_text(text)
        os.utime(path, ns=times)
    assert checksums.problems(tmp_path, sizes_only=True) == [
        (cut, "the file was changed since the step that made it: 17 bytes then, 8 now")
    ]
    assert [path for path, _ in checksums.problems(tmp_path)] == [altered, cut]
    assert [str(problem) for problem in checksums.input_problems([whole, altered], tmp_path)] == [
        f"{altered}: the file was changed since the step that made it: its size is the same, its content is not.\n"
        "    What to do: run 'make recover': it removes the file, and the build makes it again."
    ]
    cut.unlink()
    checksums.forget([altered], tmp_path)
    assert checksums.problems(tmp_path) == []


def test_every_file_of_a_folder_is_recorded_in_the_form_of_sha256sum(tmp_path):
    folder = tmp_path / "pack" / "release"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("a\n")
    (tmp_path / "pack" / "b c.txt").write_text("b\n")
    checksums.record([tmp_path / "pack"], tmp_path)
    command = "cat $(find checksums -type f | sed 's/ /?/g') | sha256sum -c"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True)
    assert sorted(done.stdout.splitlines()) == ["pack/b c.txt: OK", "pack/release/a.csv: OK"]
    assert done.returncode == 0
    checksums.forget([tmp_path / "pack"], tmp_path)
    assert [path for path in (tmp_path / "checksums").rglob("*") if path.is_file()] == []


def test_files_outside_the_results_are_not_recorded(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("a\n")
    checksums.record([own], tmp_path / "results")
    assert list(checksums.input_problems([own], tmp_path / "results")) == []
    assert not (tmp_path / "results").exists()


class Named(list):
    """Snakemake's list whose entries have names."""

    def __init__(self, **named):
        super().__init__(named.values())
        self.named = named

    def items(self):
        return self.named.items()


def job(tmp_path: Path, source: str, target: str) -> SimpleNamespace:
    return SimpleNamespace(
        input=Named(source=source, code=[__file__]),
        output=Named(target=target),
        params=Named(),
        wildcards=Named(),
        log=[str(tmp_path / "logs" / "survey" / "shares.log")],
    )


def test_a_step_refuses_an_input_that_is_not_as_it_was_written(tmp_path, monkeypatch, capsys):
    def copy(source: str, target: str) -> None:
        Path(target).write_text(Path(source).read_text())

    made, further = str(tmp_path / "restricted" / "made.csv"), str(tmp_path / "restricted" / "further.csv")
    own = tmp_path / "own.txt"
    own.write_text("Testperson\n")
    (tmp_path / "restricted").mkdir()
    step.run(copy, job(tmp_path, str(own), made))
    step.run(copy, job(tmp_path, made, further))
    Path(made).write_text("Testperso\n")
    with pytest.raises(SystemExit):
        step.run(copy, job(tmp_path, made, further))
    told = capsys.readouterr().err
    assert f"{made}: the file was changed since the step that made it: 11 bytes then, 10 now" in told
    assert "make recover" in told
    assert "Testperso" not in told


def test_a_step_that_stops_leaves_no_record_of_what_it_did_not_finish(tmp_path):
    made = tmp_path / "made.csv"

    def write(source: str, target: str) -> None:
        Path(target).write_text("half")
        raise OSError("no space left")

    checksums.record([Path(__file__)], tmp_path)
    made.write_text("whole\n")
    checksums.record([made], tmp_path)
    with pytest.raises(SystemExit):
        step.run(write, job(tmp_path, __file__, str(made)))
    assert checksums.problems(tmp_path) == []
