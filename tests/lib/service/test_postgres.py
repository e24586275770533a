"""A table of a real PostgreSQL server gives the records of the CSV; what the server refuses is said without its words."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from genequity.errors import InputError
from genequity.service import extract, postgres, records, sources

LINES = (
    "r1,p1,2024-02-01,a,s1,50,F,1,A,,Y,2024-03-01",
    "r2,p2,2024-02-02,b,s2,39.5,M,2,Z,H,N,",
    "r3,p3,2024-02-03,a,s1,41,F,1,,99,Y,2024-03-09",
)
PASSWORD = "not ' a \\ word"


def program(name):
    """Return a program of the server, which Debian keeps off the path, or skip; CI fails when this skips."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    if not found:
        pytest.skip(f"the program {name} of PostgreSQL's server is not there")
    return found


class Server:
    """A server of its own in a folder of its own, reached by a socket there; nothing listens on the network."""

    port = "5488"

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "data"
        self.user = None
        if os.getuid() == 0:  # the server refuses to run as root
            self.user = next((name for name in ("postgres", "nobody") if _known(name)), None)
            shutil.chown(folder, self.user)

    def call(self, *command, **more):
        done = subprocess.run(
            command, user=self.user, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "PGPASSWORD": PASSWORD}, **more,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self):
        secret = self.folder / "secret"
        secret.write_text(PASSWORD + "\n")
        self.call(
            program("initdb"), "-D", str(self.data), "-U", "owner", "-A", "scram-sha-256", "--pwfile", str(secret),
            "--no-sync",
        )  # fmt: skip
        own = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off -p {self.port}"
        log = str(self.folder / "log")
        self.call(program("pg_ctl"), "-D", str(self.data), "-o", own, "-l", log, "-w", "start")

    def stop(self):
        subprocess.run([program("pg_ctl"), "-D", str(self.data), "-m", "immediate", "stop"], user=self.user, cwd="/")

    def sql(self, text, database="postgres"):
        where = ["-h", str(self.folder), "-p", self.port, "-U", "owner", "-d", database]
        return self.call(program("psql"), "-qAt", "-v", "ON_ERROR_STOP=1", *where, "-c", text)


def _known(name):
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


@pytest.fixture(scope="module")
def server():
    program("initdb")
    folder = Path(tempfile.mkdtemp(prefix="genequity-pg-"))  # a socket's path has to be short
    own = Server(folder)
    try:
        own.start()
        own.sql(
            'CREATE TABLE referrals (ref text PRIMARY KEY, who text, "day" timestamp, area char(3), site text, '
            "years numeric(6,2), sex char(1), imd smallint, form text, hospital text, ok text, tested date, other float8)"
        )
        rows = []
        for line in reversed(LINES):  # the order in which they came is not that of the key
            cells = ["NULL" if cell == "" else f"'{cell}'" for cell in line.split(",")]
            rows.append(f"({', '.join(cells)}, 'NaN')")
        own.sql(f"INSERT INTO referrals VALUES {', '.join(rows)}")
        own.sql("CREATE VIEW no_key AS SELECT * FROM referrals")
        own.sql("CREATE TABLE codes (nhs text, code text, seen date)")
        own.sql("INSERT INTO codes VALUES ('p2', 'J', '2024-02-09'), ('p9', 'H', NULL)")
        own.sql("CREATE ROLE reader LOGIN PASSWORD 'r'")
        own.sql("CREATE SCHEMA study; CREATE TABLE study.referrals AS SELECT * FROM referrals WHERE ref = 'r1'")
        yield own
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place(server, tmp_path, monkeypatch):
    """Write the file that says where the table is and return its path."""
    monkeypatch.setenv("STUDY_PASSWORD", PASSWORD)

    def make(name="referrals.postgres.yaml", **keys):
        given = {
            "host": str(server.folder), "port": server.port, "database": "postgres", "user": "owner",
            "table": "referrals", "password_variable": "STUDY_PASSWORD",
        } | keys  # fmt: skip
        path = tmp_path / name
        path.write_text("".join(f"{key}: {value}\n" for key, value in given.items() if value is not None))
        return str(path)

    return make


def read(own, path, columns="*"):
    with extract.opened(path, own["extract"]) as connection:
        extract.read_records(connection, path, own["fields"], own["pathway"], own["extract"])
        return connection.execute(f"SELECT {columns} FROM records ORDER BY row").df()


def test_a_table_gives_the_records_of_the_csv(write, place):
    own = write(*LINES)
    plain = read(own, own["inputs"]["extract"], "* EXCLUDE row")
    for table in ("referrals", "no_key"):  # with a primary key, and as a view without one
        read_back = read(own, place(table=table), "* EXCLUDE row")
        assert read_back.to_dict("list") == plain.to_dict("list") or read_back.equals(plain)
    assert read(own, place(), "row, record")["record"].tolist() == ["r1", "r2", "r3"]
    assert read(own, place(table="no_key"), "row")["row"].tolist() == [1, 2, 3]
    assert len(read(own, place(schema="study"))) == 1


def test_another_data_set_may_stand_in_the_same_server(write, place, scheme):
    own = write(*LINES)
    own["inputs"]["ethnicity_sources"] = {"hospital": place("codes.postgres.yaml", table="codes")}
    own["fields"]["ethnicity_sources"] = [{"name": "hospital", "person": "nhs", "date": "seen", "code": "code"}]
    with extract.opened(place(), {}) as connection:
        extract.read_records(connection, "e", own["fields"], own["pathway"], {})
        sources.load(connection, own)
        records.prepare(connection, own, scheme, "five", {"a": "A", "b": "B"}, "All regions")
        assert connection.execute("SELECT code FROM people WHERE person_id = 'p2'").fetchall() == [("J",)]


def test_the_connection_cannot_write(server, place):
    server.sql("CREATE OR REPLACE FUNCTION eager() RETURNS text LANGUAGE sql AS $$ DELETE FROM codes RETURNING code $$")
    server.sql("CREATE OR REPLACE VIEW trap AS SELECT eager() AS ref")
    with pytest.raises(InputError, match="reading the table failed"), extract.opened(place(table="trap"), {}):
        pass
    assert server.sql("SELECT count(*) FROM codes").strip() == "2"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"password_variable": "STUDY_WRONG"}, "the server refused the user or the password"),
        ({"user": "nobody_here"}, "the server refused the user or the password"),
        ({"database": "elsewhere"}, "the server has no such database"),
        ({"port": "5489"}, "the server could not be reached"),
        ({"table": "referals"}, r"has no table 'referals'\. Did you mean 'referrals'"),
        ({"password_variable": "NOT_SET_HERE"}, "the environment variable NOT_SET_HERE is not set"),
        ({"user": "reader", "password_variable": "STUDY_READER"}, "this user may not read the table"),
    ],
)
def test_what_the_server_refuses_is_said_and_shows_no_secret(place, monkeypatch, keys, said):
    monkeypatch.setenv("STUDY_WRONG", "wrong-secret")
    monkeypatch.setenv("STUDY_READER", "r")
    with pytest.raises(InputError, match=said) as raised, extract.opened(place(**keys), {}):
        pass
    assert "wrong-secret" not in str(raised.value)
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("database: d\ntable: t\npassword: hidden-word\n", "'password' may hold a password"),
        ("database: d\ntabel: t\n", r"unknown key 'tabel'\. Did you mean 'table'"),
        ("table: t\n", "no database is named"),
        ("just words\n", "lines of 'key: value'"),
    ],
)
def test_the_file_is_checked_before_the_server_is_asked(tmp_path, text, said):
    path = tmp_path / "e.postgres.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as raised:
        postgres.settings(str(path), {})
    assert "hidden-word" not in str(raised.value)


def test_without_the_driver_a_person_reads_what_to_do(tmp_path, monkeypatch):
    path = tmp_path / "e.postgres.yaml"
    path.write_text("database: d\ntable: t\n")
    monkeypatch.setitem(__import__("sys").modules, "adbc_driver_postgresql", None)
    with pytest.raises(InputError, match="the driver for PostgreSQL is not installed"), extract.opened(str(path), {}):
        pass
