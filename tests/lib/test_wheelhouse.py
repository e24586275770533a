"""Where an environment is made from: the index, or a wheelhouse that was filled from the lock that is here."""

import pytest
from genequity import setup, wheelhouse


@pytest.fixture
def filled(tmp_path, monkeypatch):
    """A project with a lock and a wheelhouse made from it."""
    (tmp_path / "envs").mkdir()
    (tmp_path / "wheelhouse").mkdir()
    for lock in setup.LOCKS.values():
        (tmp_path / lock).write_text("a==1 \\\n    --hash=sha256:11\n")
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "WHEELS", tmp_path / "wheelhouse")
    lock = tmp_path / setup.LOCKS["run"]
    (tmp_path / "wheelhouse" / lock.name).write_text(setup.heading(lock) + lock.read_text())
    return tmp_path


def test_a_filled_wheelhouse_is_all_that_is_asked(filled):
    assert setup.source("run") == (
        "wheelhouse/requirements.txt",
        ["--no-index", "--find-links", str(filled / "wheelhouse")],
    )


def test_a_wheelhouse_of_another_lock_is_said_and_not_used(filled, capsys):
    (filled / setup.LOCKS["run"]).write_text("a==2 \\\n    --hash=sha256:22\n")
    assert setup.source("run") == ("envs/requirements.txt", [])
    assert "is of another version" in capsys.readouterr().out


def test_a_kind_that_was_not_fetched_comes_from_the_index_but_never_inside(filled):
    assert setup.source("dev") == ("envs/requirements-dev.txt", [])
    lock, options = setup.source("inside")
    assert lock == "envs/requirements-inside.txt"
    assert "--no-index" in options


def test_a_wheel_that_was_built_may_be_installed_beside_what_is_locked():
    lock = (
        "a==1 \\\n    --hash=sha256:11\n    # via b\n"
        "conn-pool==0.3 ; python_version < '4' \\\n    --hash=sha256:22 \\\n    --hash=sha256:33\n    # via c\n"
    )
    made = wheelhouse.with_built(lock, {"conn-pool": "99"})
    assert made.replace("    --hash=sha256:99 \\\n", "") == lock
    assert made.index("conn-pool") < made.index("99") < made.index("22")
