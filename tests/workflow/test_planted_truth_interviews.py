"""The built demonstration: what was planted in the interviews is found, and what must not leave has not left."""

import contextlib
import re
import shutil
import subprocess
import zipfile
import zlib

import pandas as pd
import pytest
from conftest import build, clone, said
from genequity import config, files, tables
from genequity.coding import agreement
from genequity.config import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def truth():
    return config.read(ROOT / "config" / "demo" / "truth.yaml")["interviews"]


@pytest.fixture(scope="module")
def release(built):
    return built / "release"


def read(release, name):
    return tables.read(files.find_table(release, name), name)


def test_prevalence_is_what_was_planted(built, release, truth):
    exact = tables.read(built / "restricted" / "interviews" / "prevalence.csv", "interviews/prevalence")
    exact = exact.set_index(["theme", "role"])["participants"]
    shown = read(release, "interviews/prevalence").set_index(["theme", "role"])
    for theme, spec in truth["themes"].items():
        for role in truth["roles"]:
            planted = spec.get(role, 0)
            assert exact[theme, role] == planted
            band, count = shown.loc[(theme, role), ["raised", "participants"]]
            # The study's rule: 1 to 7 withheld, others to the nearest 5, zero kept.
            assert band == ("none" if planted == 0 else "some" if planted <= 7 else "many")
            assert pd.isna(count) if 1 <= planted <= 7 else count == (planted + 2) // 5 * 5
    people = read(release, "interviews/participants")
    roles = people[people["characteristic"] == "Role"].set_index("level")["participants"]
    assert roles.drop("All participants").to_dict() == truth["roles"]


def joint(built, truth):
    """Return the planted pair's row of the restricted co-occurrence by code, for a unit."""
    codes = sorted(truth["themes"][theme]["code"] for theme in truth["together"])
    table = pd.read_csv(built / "restricted" / "interviews" / "cooccurrence_codes.csv")
    return table[(table["first"] == codes[0]) & (table["second"] == codes[1])].set_index("unit")


def test_what_goes_together_is_what_was_planted(built, release, truth):
    rows = joint(built, truth)
    # Who raises both does so in one passage: overlapping codings, turns and people are the same number.
    assert rows["together"].nunique() == 1
    everything = pd.read_csv(built / "restricted" / "interviews" / "cooccurrence_codes.csv")
    assert (everything["unit"] == "overlap").sum() == 1
    shown = read(release, "interviews/cooccurrence")
    (overlap,) = shown.loc[shown["unit"] == "overlap", "participants"]
    assert overlap == (rows["participants"].iloc[0] + 2) // 5 * 5


def test_disagreement_is_what_was_planted(built, release, truth):
    both_codes = int(joint(built, truth)["together"].iloc[0])  # a further code on a passage, by both coders
    pairs = both_codes + sum(spec.get(role, 0) for spec in truth["themes"].values() for role in truth["roles"])
    omitted, added = truth["second_coder"]["omitted"], truth["second_coder"]["added"]
    table = read(release, "interviews/agreement").set_index("code")
    cells = sum(truth["roles"].values()) * truth["passages"] * (len(table) - 1)
    both, neither = pairs - omitted, cells - pairs - added
    row = table.loc["All codes"]
    assert row[["both", "first_only", "second_only", "neither"]].tolist() == [both, omitted, added, neither]
    assert row["kappa"] == pytest.approx(agreement.cohen([[both, omitted], [added, neither]]).value, abs=5e-3)
    # Of one code the counts would be close to the number of people who raised it.
    assert (
        table.drop(index="All codes")[["both", "first_only", "second_only", "neither", "percent"]].isna().all(axis=None)
    )


def test_silent_themes(release):
    findings = pd.read_csv(files.find_table(release, "interviews/findings"))
    estimate = findings.set_index("id")["estimate"]
    assert pd.isna(estimate["interviews.travel.patient"])  # many, and no share of a rounded number
    assert estimate[["interviews.travel.professional", "interviews.travel.public"]].eq(0).all()
    assert estimate.filter(like="interviews.data_recording.").eq(0).all()
    statements = findings.set_index("id")["statement"]
    # A theme looked for in vain is a result, and no story is made of it; nothing is told in shares of few people.
    assert statements.filter(like="interviews.data_recording.").str.startswith("None of the ").all()
    assert not statements.str.contains("%|per cent|because|due to|more than|less than").any()
    assert not findings.loc[findings["id"].str.startswith("interviews.data_recording."), "headline"].any()


def every_byte(folder):
    """Yield the name and the bytes of every file, of every part of those that are archives, and of the text of PDFs."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        yield path.name, content
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())
        if content.startswith(b"PAR1"):
            yield f"{path.name} (cells)", tables.read(path).to_csv().encode()
        if content.startswith(b"%PDF"):
            yield from ((f"{path.name} (stream)", raw) for raw in streams(content))
        if content.startswith(b"%PDF") and shutil.which("pdftotext"):
            done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True)
            # A line of a PDF may break anywhere between words.
            yield f"{path.name} (text)", b" ".join(done.stdout.split())


def streams(pdf):
    """Yield what the compressed streams of a PDF hold."""
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL):
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(packed)


def leaves(built):
    """Return what leaves: the whole release and the whole report."""
    return [found for folder in ("release", "report") for found in every_byte(built / folder)]


def test_the_search_reads_parts_of_word_files_and_text_of_pdfs(built, release):
    """What is known to be printed is found in each format, so that the searches below can fail."""
    printed = read(release, "interviews/quotes").sort_values(["label", "quote"]).iloc[0]["text"].split(":")[0]
    found = {name for name, raw in leaves(built) if printed.encode() in raw}
    assert {"report.html", "report.docx/word/document.xml"} <= found
    if shutil.which("pdftotext"):
        assert "report.pdf (text)" in found


def test_withdrawn_words_and_participants_are_in_no_file_but_the_inputs(built):
    """The whole results: restricted tables and documents, kept outputs of notebooks, logs, release, report, pack."""
    people = pd.read_csv(built / "demo" / "interviews" / "participants.csv", dtype=str)
    gone = people.loc[people["withdrawn"] == "yes", "participant"]
    assert len(gone) == 2
    pattern = "|".join(gone)
    for name, raw in made(built):
        assert not re.search(rb"Placeholder\s+(passage|summary)\s+9\d{3}", raw), name
        if not name.endswith((".pdf", ".docx", ".png", ".woff2", ".parquet", ".zip", ".gz")):
            assert not re.search(rf"(?<!\w)(?:{pattern})(?!\w)".encode(), re.sub(rb"[A-Za-z0-9+/=]{60,}", b"", raw)), (
                name
            )


def made(built):
    """Yield what the build made, everything but the demonstration's inputs."""
    for folder in sorted(path for path in built.iterdir() if path.is_dir() and path.name != "demo"):
        yield from every_byte(folder)
    yield from ((path.name, path.read_bytes()) for path in sorted(built.iterdir()) if path.is_file())


@pytest.fixture(scope="module")
def rebuilt(built, tmp_path_factory):
    """The demonstration built again after one quoted participant has withdrawn; who it was, and what was said."""
    register = pd.read_csv(built / "restricted" / "interviews" / "quote_register.csv").dropna(subset="quote")
    report = (built / "report" / "report.html").read_text(encoding="utf-8")
    printed = register[[str(row.text).split(":")[0] + ":" in report for row in register.itertuples()]]
    person = printed["case"].iloc[0]
    stored = tables.read(built / "restricted" / "interviews" / "segments.parquet")
    words = sorted(set(stored.loc[stored["cases"] == person, "words"]))
    folder = clone(tmp_path_factory.mktemp("withdrawn"))
    shutil.copytree(built, folder / "results", dirs_exist_ok=True)
    truth = folder / "config" / "demo" / "truth.yaml"
    text = truth.read_text(encoding="utf-8")
    assert text.count("withdrew_later: []") == 1
    truth.write_text(text.replace("withdrew_later: []", f"withdrew_later: [{person}]"), encoding="utf-8")
    before = {name for name, raw in made(folder / "results") if any(word.encode() in raw for word in words)}
    done = build(folder, "--workflow-profile", "workflow/profiles/default")
    assert done.returncode == 0, said(done)[-4000:]
    return folder / "results", person, words, before


def test_who_withdraws_is_in_nothing_that_is_built_afterwards(rebuilt):
    results, person, words, before = rebuilt
    # The search finds what was there: words in the page, the print, the Word file, the kept outputs, the matrix.
    assert {"report.html", "report.docx/word/document.xml", "matrix.html", "segments.parquet (cells)"} <= before
    assert any(name.startswith("interviews-") and name.endswith(".json") for name in before)
    assert len(words) >= 3
    for name, raw in made(results):
        assert not any(re.search(rb"\s+".join(map(re.escape, word.encode().split())), raw) for word in words), name
        if not name.endswith((".pdf", ".docx", ".png", ".woff2", ".parquet", ".zip", ".gz")):
            plain = re.sub(rb"[A-Za-z0-9+/=]{60,}", b"", raw)
            assert not re.search(rf"(?<!\w){person}(?!\w)".encode(), plain), name
    people = read(results / "release", "interviews/flow").set_index("label")["number"]
    assert people["Withdrew, and left out of everything"] == 3


def test_no_participant_and_no_panellist_is_named_in_anything_that_leaves(built):
    people = pd.read_csv(built / "demo" / "interviews" / "participants.csv", dtype=str)["participant"]
    panel = pd.read_csv(ROOT / "config" / "demo" / "panel_members.csv", dtype=str)["panellist"]
    ids = "|".join(sorted({*people, *panel}))
    for name, raw in leaves(built):
        if name.endswith((".pdf", ".docx", ".png", ".jpg", ".woff2", ".ttf", ".otf")):
            continue  # compressed: their parts and their text are searched
        words = re.sub(rb"[A-Za-z0-9+/=]{60,}", b"", raw)  # pictures in base 64 spell anything
        words = re.sub(rb'\b(?:r|ref|sqref)="[A-Z0-9: ]+"', b"", words)  # places of a worksheet, such as P10
        words = words.replace(b"P70 minus P30", b"")  # percentiles, in the description of a column
        assert not re.search(rf"(?<!\w)(?:{ids})(?!\w)".encode(), words), name


def test_only_consented_words_are_quoted_under_ids_that_follow_no_participant(built, release):
    people = pd.read_csv(built / "demo" / "interviews" / "participants.csv", dtype=str, keep_default_na=False)
    register = pd.read_csv(built / "restricted" / "interviews" / "quote_register.csv")
    released = read(release, "interviews/quotes")
    allowed = people.loc[(people["consent"] == "quotation") & (people["withdrawn"] == "no"), "participant"]
    quoted = register.dropna(subset="quote").sort_values("quote")
    assert set(quoted["case"]) <= set(allowed)
    assert quoted["quote"].tolist() == sorted(released["quote"])
    assert set(register.loc[register["text"].isin(released["text"]), "case"]) <= set(allowed)
    # Within a theme the ids are not in the order of the participants' ids, nor of their roles.
    of_three = [part for _, part in quoted.groupby("theme") if len(part) == 3]
    assert any(part["case"].tolist() != sorted(part["case"]) for part in of_three)
    assert any(part["role"].tolist() != sorted(part["role"]) for part in of_three)


def test_votes_stay_where_they_are(built):
    votes = pd.read_csv(built / "restricted" / "recommendations" / "votes.csv", dtype=str)
    ratings = votes["rating"].notna().sum()
    for path in (built / "release").rglob("*.csv"):
        columns = set(pd.read_csv(path, nrows=0).columns)
        assert not {"panellist", "rating", "participant", "case"} & columns, path.name
    comments = read(built / "release", "recommendations/comments")
    assert 0 < len(comments) < ratings
