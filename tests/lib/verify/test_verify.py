"""What is published and what is built here: hashes, absent inputs, words of the report, exit status."""

import json

import pytest
from genequity import config
from genequity.errors import InputError
from genequity.verify import expected, verify
from genequity.verify.compare import DIFFERENT, IDENTICAL, NOT_CHECKABLE, WITHIN, Result

STUDY = {"title": "A study", "version": "1.0", "date": "2026-01-01", "data": "restricted", "code_version": "0.1.0+aaa"}


@pytest.fixture
def study_folder(tmp_path):
    """A release of two strands, and a report."""
    release, report = tmp_path / "release", tmp_path / "report"
    for name in ("policy", "survey", "synthesis"):
        (release / name).mkdir(parents=True)
        (release / name / "numbers.csv").write_text(f"key,value\n{name}.n,10\n")
    (release / "study.json").write_text(json.dumps(STUDY))
    report.mkdir()
    (report / "report.html").write_text("<p>In all, <b>12.3%</b> agree.</p><svg><text>9</text></svg>")
    (report / "report.pdf").write_bytes(b"%PDF")
    return tmp_path


def published(folder):
    expected.write(folder / "release", folder / "report", folder / "expected")
    return expected.read(folder / "expected")


def test_what_was_written_is_read_again(study_folder):
    found = published(study_folder)
    assert sorted(found.values) == ["policy/numbers.csv", "study.json", "survey/numbers.csv", "synthesis/numbers.csv"]
    assert found.words == {"report": "In all, 12.3% agree.\n"}
    assert sorted(found.report) == ["report.html", "report.pdf"]
    results = verify.released(found, study_folder / "release", {})
    assert {result.state for result in results} == {IDENTICAL}
    assert verify.exit_status(results) == 0


def test_a_published_value_that_was_changed_afterwards_is_refused(study_folder):
    published(study_folder)
    (study_folder / "expected" / "values" / "survey" / "numbers.csv").write_text("key,value\nsurvey.n,11\n")
    (study_folder / "expected" / "values" / "more.csv").write_text("key\n")
    with pytest.raises(InputError) as error:
        expected.read(study_folder / "expected")
    assert "survey/numbers.csv: the file is not the one that was published" in str(error.value)
    assert "more.csv: expected.json does not list this file" in str(error.value)


def test_a_folder_without_expected_values_is_answered(tmp_path):
    with pytest.raises(InputError, match=r"there is no expected\.json in it"):
        expected.read(tmp_path)
    with pytest.raises(InputError, match="this folder does not exist"):
        expected.read(tmp_path / "nowhere")


def test_files_that_one_side_alone_has_differ(study_folder):
    found = published(study_folder)
    (study_folder / "release" / "policy" / "numbers.csv").rename(study_folder / "release" / "policy" / "themes.csv")
    results = {result.name: result for result in verify.released(found, study_folder / "release", {})}
    assert results["policy/numbers.csv"].remark == "published, but not made by this build"
    assert results["policy/themes.csv"].remark == "made by this build, but not published"
    assert verify.exit_status(results.values()) == 1


def test_what_rests_on_absent_inputs_is_not_checkable_and_says_why(study_folder):
    found = published(study_folder)
    for name in ("survey", "synthesis"):
        (study_folder / "release" / name / "numbers.csv").unlink()
    absent = {"survey": "answers.sav is not here", "synthesis": "it joins strands that cannot be built here"}
    results = {result.name: result for result in verify.released(found, study_folder / "release", absent)}
    assert results["policy/numbers.csv"].state == IDENTICAL
    assert results["survey/numbers.csv"].state == NOT_CHECKABLE
    assert results["survey/numbers.csv"].remark == "restricted or absent input: answers.sav is not here"
    assert results["study.json"].state == NOT_CHECKABLE
    assert verify.exit_status(results.values()) == 3


def test_the_second_build_lies_apart_and_leaves_out_what_it_cannot_build(tmp_path):
    study = config.load(config.ROOT / "config" / "config.yaml")
    again, absent = verify.rebuilt(study, "results/verify")
    assert absent == {}
    assert again["results"] == "results/verify"
    assert again["survey"]["inputs"]["responses"] == "results/verify/demo/survey/responses.sav"
    assert again["survey"]["inputs"]["codebook"] == study["survey"]["inputs"]["codebook"]
    study["demonstration"], study["policy"]["inputs"]["register"] = None, str(tmp_path / "gone.csv")
    again, absent = verify.rebuilt(study, "results/verify")
    assert absent["policy"] == f"{tmp_path / 'gone.csv'} is not here"
    assert "evidence" in absent  # it reads the focus that policy gives
    assert absent["synthesis"] == "it joins strands that cannot be built here"
    assert "policy" not in again


def rebuilt_report(folder, text):
    (folder / "report" / "report.html").write_text(text)
    (folder / "report" / "report.pdf").write_bytes(b"%PDF other")


@pytest.mark.parametrize(
    ("text", "state", "remark"),
    [
        ("<p>In all, <b>12.3%</b>  agree.</p><svg/>", WITHIN, "the same words"),
        ("<p>In all, 12.4% agree.</p>", WITHIN, "but for last decimals"),
        ("<p>In all, 12.9% agree.</p>", DIFFERENT, "the words of 1 of 1 paragraphs differ"),
    ],
)
def test_reports_of_another_version_of_the_code_are_compared_by_their_words(study_folder, text, state, remark):
    found = published(study_folder)
    rebuilt_report(study_folder, text)
    results = verify.report(found, study_folder / "report", same_code=False)
    assert [result.state for result in results] == [state, state]
    assert remark in results[0].remark


def test_other_bytes_on_the_same_platform_with_the_same_code_are_a_difference(study_folder):
    found = published(study_folder)
    rebuilt_report(study_folder, "<p>In all, <b>12.3%</b>  agree.</p>")
    results = verify.report(found, study_folder / "report", same_code=True)
    assert {result.state for result in results} == {DIFFERENT}


def test_the_text_shows_every_cell_and_the_table_holds_them(study_folder, tmp_path):
    found = published(study_folder)
    (study_folder / "release" / "survey" / "numbers.csv").write_text("key,value\nsurvey.n,11\n")
    results = verify.released(found, study_folder / "release", {})
    told = verify.text(results, found, "0.1.0+bbb")
    assert "    key=survey.n, value: expected '10', here '11' (+1)" in told
    assert "different            1 file   (1 cell)" in told
    verify.write_cells(results, tmp_path / "verify.csv")
    assert "survey/numbers.csv,different,key=survey.n,value,10,11,+1,false," in (tmp_path / "verify.csv").read_text()


def test_a_difference_outweighs_what_could_not_be_checked():
    assert verify.exit_status([Result("a", NOT_CHECKABLE), Result("b", DIFFERENT)]) == 1
    assert verify.exit_status([Result("a", NOT_CHECKABLE), Result("b", WITHIN)]) == 3
    assert verify.exit_status([Result("a", WITHIN)]) == 0
