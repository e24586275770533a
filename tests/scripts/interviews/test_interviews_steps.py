"""The steps of the interviews, called as Snakemake calls them, on a small demonstration of their own."""

import re
import zipfile

import pandas as pd
import pytest
from genequity import config, tables
from genequity.config import ROOT
from genequity.errors import InputError
from interviews_study import METHODS, QUOTES, build


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("interviews")
    return folder, build(folder)


def test_withdrawn_words_are_in_no_file_after_the_first_step(study):
    tmp_path, table = study
    gone = list(table.loc[table["withdrawn"] == "yes", "participant"])
    given = ("people.csv", "a.qdpx", "b.qdpx", "summaries.csv", "translations.csv", "log.csv")
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.name not in given]
    assert len(gone) == 2  # one of them in a focus group whose other members stay
    assert len(written) > 60
    for path in written:
        for name, raw in parts(path):
            assert not any(person.encode() in raw for person in gone), name
            assert not re.search(rb"Placeholder (passage|summary) 9\d{3}", raw), name


def parts(path):
    """Yield a file's bytes, those of every part of an archive, and the words of every cell of a Parquet table."""
    yield path.name, path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())
    if path.suffix == ".parquet":
        yield f"{path.name} (cells)", tables.read(path).to_csv().encode()


def test_the_search_for_withdrawn_words_finds_those_that_stay(study):
    tmp_path, _ = study
    found = {name for path in tmp_path.rglob("*") if path.is_file() for name, raw in parts(path) if b"INT01" in raw}
    assert {"matrix.html", "matrix.csv", "matrix.docx/word/document.xml", "segments.parquet (cells)"} <= found


def test_members_of_a_focus_group_are_told_apart_and_the_moderator_is_nobody(study):
    tmp_path, table = study
    members = table[(table["session"] == "FG01") & (table["withdrawn"] == "no")]
    cases = tables.read(tmp_path / "cases.parquet").set_index("case")
    assert set(cases.index[cases["setting"] == "focus group"]) == set(members["participant"])
    stored = tables.read(tmp_path / "segments.parquet")
    group = stored[stored["source"] == "FG01"]
    assert len(group)
    spoken = group[group["speech"] == "one participant"]
    assert set(spoken["cases"]) == set(members["participant"])
    assert set(group.loc[group["cases"] == "", "speech"]) <= {"our side"}  # a code on the moderator's question
    assert not group["words"].str.contains("Speaker|Moderator").any()
    truth = config.read(ROOT / "config/demo/truth.yaml")["interviews"]
    sessions = tables.read(tmp_path / "release" / "sessions.csv").set_index("kind")["sessions"]
    stayed = sum(truth["roles"].values()) - truth["focus_group"]["members"]
    assert sessions.to_dict() == {"event": 2, "focus group": 1, "interview": stayed}


def test_events_are_counted_apart_and_are_nobody_s_words(study):
    tmp_path, _ = study
    events = tables.read(tmp_path / "release" / "events.csv").set_index("theme")
    assert events.loc[events["events"] > 0, "of"].to_dict() == {"data_use": 2, "structural": 2, "translation": 2}
    released = b"".join(path.read_bytes() for path in sorted((tmp_path / "release").iterdir()))
    assert b"Placeholder note" not in released
    matrix = pd.read_csv(tmp_path / "matrix.csv")
    assert not matrix["words"].str.contains("Placeholder note").any()


def test_summaries_are_kept_flagged_and_go_out_only_for_whole_roles(study):
    tmp_path, _ = study
    matrix = pd.read_csv(tmp_path / "matrix.csv").dropna(subset="summary")
    assert matrix["summary_state"].tolist().count("stale") == 1
    assert set(matrix["summary_state"]) == {"current", "stale"}
    excerpt = tables.read(tmp_path / "release" / "excerpt.csv", "interviews/excerpt")
    shown = excerpt.dropna(subset="summary")
    assert set(shown["role"]) == {"patient", "professional", "public"}
    assert set(shown["theme"]) == {"language"}
    assert not set(matrix["summary"]) & set(shown["summary"])


def test_translated_words_say_so_and_no_more_than_the_role(study):
    tmp_path, _table = study
    register = pd.read_csv(tmp_path / "quote_register.csv").dropna(subset="quote").set_index("quote")
    quotes = tables.read(tmp_path / "release" / "quotes.csv").set_index("quote")
    noted = quotes["note"].notna()
    assert noted.any()
    assert (~noted).any()
    assert set(register.loc[quotes.index[noted], "interpreter"]) == {"yes"}
    assert set(register.loc[quotes.index[~noted], "interpreter"]) == {"no"}
    assert not quotes.loc[noted, "attribution"].str.contains("Region").any()
    assert quotes["original"].isna().all()  # the language may not be told
    assert register["case"].value_counts().max() <= QUOTES["per_person"]
    assert "Placeholder original" not in (tmp_path / "release" / "quotes.csv").read_text()


def test_what_goes_together_is_what_was_planted(study):
    tmp_path, _ = study
    pairs = pd.read_csv(tmp_path / "cooccurrence_codes.csv").set_index(["unit", "first", "second"])
    assert list(pairs.loc["overlap"].index) == [("Service > Getting referred", "Understanding > Interpreters")]
    both = pairs.loc[("person", "Service > Getting referred", "Understanding > Interpreters")]
    (overlap,) = pairs.loc["overlap"]["together"]
    assert overlap == both["together"] == both["participants"] >= 8
    released = tables.read(tmp_path / "release" / "cooccurrence.csv", "interviews/cooccurrence")
    assert not released["participants"].dropna().between(1, 7).any()
    shown = released.dropna(subset="coefficient")
    assert len(shown)
    assert ((shown["together"] / shown["either"]).clip(upper=1) - shown["coefficient"]).abs().max() < 0.006


def test_the_plan_of_the_sample_names_its_empty_cells(study):
    tmp_path, _ = study
    plan = tables.read(tmp_path / "release" / "sampling.csv").set_index("cell")
    assert plan.loc["patient, focus group", "state"] == "empty"
    assert plan.loc["patient, interview", "state"] == "met"
    assert plan.loc["public, interview", "state"] == "withheld"
    assert not plan["achieved"].dropna().between(1, 7).any()


def test_checklists_say_what_is_missing(study):
    tmp_path, _ = study
    items = tables.read(tmp_path / "release" / "reporting.csv").set_index(["standard", "item"])
    assert items.groupby("standard").size().to_dict() == {"COREQ": 32, "SRQR": 21}
    assert items.loc[("COREQ", 1), "state"] == "reported by the authors"
    assert items.loc[("COREQ", 2), "state"] == "not reported"
    assert items.loc[("COREQ", 22), "place"] == "sec-interviews-saturation"


def test_reflexive_analysis_claims_no_agreement_saturation_or_shares(tmp_path):
    build(tmp_path, methods=METHODS | {"method": "reflexive"})
    assert tables.read(tmp_path / "release" / "saturation.csv", "interviews/saturation").empty
    assert tables.read(tmp_path / "release" / "agreement.csv")["kappa"].isna().all()
    said = tables.read(tmp_path / "release" / "choices.csv").set_index("choice")["value"]
    assert said.to_dict() == {
        "method": "reflexive thematic analysis",
        "agreement": "no",
        "saturation": "no",
        "shares": "no",
    }
    items = tables.read(tmp_path / "release" / "reporting.csv").set_index(["standard", "item"])["state"]
    assert items["COREQ", 22] == items["COREQ", 24] == "not reported"


def test_no_statement_gives_a_share_of_few_people(study):
    tmp_path, _ = study
    findings = pd.read_csv(tmp_path / "release" / "findings.csv")
    assert not findings["statement"].str.contains("%|per cent|percent").any()
    assert set(findings["unit"]) == {"participants"}


def test_an_identifier_in_a_summary_stops_the_matrix_and_names_the_row(tmp_path):
    with pytest.raises(InputError) as caught:
        build(tmp_path, summary="Ring oh one six three two, nine six oh one two three.")
    assert "summaries.csv (row 3, column summary, characters 5 to 52): a summary holds" in str(caught.value)
    assert "six" not in str(caught.value)
    assert not (tmp_path / "matrix.html").exists()


def test_nothing_released_names_a_participant_or_quotes_without_consent(study):
    tmp_path, table = study
    released = b"".join(path.read_bytes() for path in sorted((tmp_path / "release").iterdir()))
    for participant in table["participant"]:
        assert participant.encode() not in released
    register = pd.read_csv(tmp_path / "quote_register.csv")
    texts = set(tables.read(tmp_path / "release" / "quotes.csv")["text"])
    allowed = set(table.loc[(table["consent"] == "quotation") & (table["withdrawn"] == "no"), "participant"])
    assert texts
    assert set(register.loc[register["text"].isin(texts), "case"]) <= allowed


def test_no_number_of_few_participants_is_released(study):
    tmp_path, _ = study
    for name, column in (("framework", "participants"), ("prevalence", "participants"), ("quotable", "segments")):
        truth = tables.read(tmp_path / f"{name}.csv", f"interviews/{name}")
        shown = tables.read(tmp_path / "release" / f"{name}.csv", f"interviews/{name}")[column].dropna()
        assert truth[column].between(1, 7).any(), name
        assert not shown.between(1, 7).any(), name
        assert (shown % 5 == 0).all(), name


def test_a_theme_that_nobody_raises_stays_a_result(study):
    tmp_path, _ = study
    silent = tables.read(tmp_path / "release" / "prevalence.csv", "interviews/prevalence").query(
        "theme == 'data_recording'"
    )
    assert set(silent["raised"]) == {"none"}
    assert (silent["participants"] == 0).all()
    findings = pd.read_csv(tmp_path / "release" / "findings.csv").set_index("id")
    assert findings.filter(like="interviews.data_recording", axis=0)["estimate"].eq(0).all()


def test_attributions_are_those_of_enough_people_of_the_population(study):
    tmp_path, table = study
    population = pd.read_csv(ROOT / "config/demo/interviews_population.csv", keep_default_na=False)
    register = pd.read_csv(tmp_path / "quote_register.csv").set_index("quote")
    people = table.set_index("participant")
    said = tables.read(tmp_path / "release" / "quotes.csv").set_index("quote")["attribution"]
    for quote, words in said.items():
        of = people.loc[register.loc[quote, "case"]]
        names = [name for name in ("region", "specialty") if of[name] and of[name] in words]
        same = population[(population[["role", *names]] == of[["role", *names]]).all(axis=1)]
        assert same["people"].sum() >= 8, quote
        assert of["ethnic_group"] not in words
    assert said.str.contains("Region").any()
    few = population[(population["specialty"] == "clinical genetics") & (population["people"] < 8)]
    for region in few["region"]:
        assert not said.str.contains(f"{region}, clinical genetics").any()


def test_role_region_and_ethnic_group_together_stop_the_step(tmp_path):
    with pytest.raises(InputError, match="role, region and ethnic group together"):
        build(tmp_path, attributes=["role", "region", "ethnic_group"])
    assert not (tmp_path / "quotes.csv").exists()


def test_a_name_on_the_list_stops_the_quotations_without_being_shown(tmp_path):
    with pytest.raises(InputError) as caught:
        build(tmp_path, refused="appointment\n")
    assert "a name on the list of names" in str(caught.value)
    assert "appointment" not in str(caught.value)
    assert not (tmp_path / "quotes.csv").exists()


def test_without_participants_there_is_no_quotation(tmp_path):
    build(tmp_path, people=False)
    assert tables.read(tmp_path / "release" / "quotes.csv", "interviews/quotes").empty
    assert set(tables.read(tmp_path / "release" / "quotable.csv")["status"]) == {"no record of consent"}
    assert pd.read_csv(tmp_path / "release" / "findings.csv").empty


def test_a_planted_identifier_stops_the_quotations_without_being_shown(tmp_path):
    with pytest.raises(InputError) as caught:
        build(tmp_path, planted="ZZ99 3VZ")
    assert "looks like a postcode" in str(caught.value)
    assert "ZZ99" not in str(caught.value)
    assert not (tmp_path / "quotes.csv").exists()


def test_check_finds_every_problem_of_every_file(tmp_path):
    from genequity.interviews import check

    (tmp_path / "a.qdpx").write_text("broken")
    (tmp_path / "p.csv").write_text("participant,role\nP1,patient\n")
    (tmp_path / "k.csv").write_text("role,people,source\npatient,few,register\n")
    section = {
        "inputs": {
            "projects": [{"path": str(tmp_path / "a.qdpx"), "format": "refi-qda"}],
            "participants": str(tmp_path / "p.csv"),
            "population": str(tmp_path / "k.csv"),
        },
        "attribution": ["role"],
        "methods": METHODS,
    }
    study = {
        "themes": str(ROOT / "config/demo/themes.csv"),
        "ethnicity": {"scheme": str(ROOT / "config/schemes/nhs2001.csv"), "grouping": "five_2021"},
        "regions": {},
    }
    found = {problem.file.rpartition("/")[2] for problem in check.problems(section, study)}
    assert found == {"a.qdpx", "p.csv", "k.csv"}
