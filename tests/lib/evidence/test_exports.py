"""Readers of search exports. Counts on real files were made by counting record markers in the raw text."""

import re

import pytest
from genequity.errors import InputError
from genequity.evidence import exports

# Counted with grep in the raw files: lines "TY  -" (RIS), "PMID-" (MEDLINE), "PT " at the start of a record (CIW).
REAL = {
    "citation_export_formats/_baseline.ris": 100,
    "citation_export_formats/_baseline_cinahl.ris": 9,
    "citation_export_formats/_baseline_citavi.ris": 100,
    "citation_export_formats/_baseline_cochrane_endnote.ris": 3,
    "citation_export_formats/_baseline_cochrane_procite.ris": 3,
    "citation_export_formats/_baseline_cochrane_refman.ris": 3,
    "citation_export_formats/_baseline_covidence_endnote.ris": 10,
    "citation_export_formats/_baseline_covidence_mendeley.ris": 10,
    "citation_export_formats/_baseline_covidence_refworks.ris": 10,
    "citation_export_formats/_baseline_covidence_zotero.ris": 10,
    "citation_export_formats/_baseline_embase.ris": 10,
    "citation_export_formats/_baseline_endnote.ris": 10,
    "citation_export_formats/_baseline_eppireviewer.ris": 10,
    "citation_export_formats/_baseline_eric_ovid.ris": 10,
    "citation_export_formats/_baseline_googlescholar.ris": 10,
    "citation_export_formats/_baseline_mdpi.ris": 11,
    "citation_export_formats/_baseline_mendeley.ris": 10,
    "citation_export_formats/_baseline_openalex.ris": 9,
    "citation_export_formats/_baseline_psychInfo_ovid.ris": 10,
    "citation_export_formats/_baseline_pubmed.ris": 50,
    "citation_export_formats/_baseline_rayyan.ris": 10,
    "citation_export_formats/_baseline_refworks.ris": 10,
    "citation_export_formats/_baseline_scopus.ris": 10,
    "citation_export_formats/_baseline_webofscience.ris": 10,
    "citation_export_formats/_baseline_zotero.ris": 10,
    "one_search_three_databases/revtools_restoration_WoS.ciw": 247,
    "one_search_three_databases/revtools_restoration_pubmed.nbib": 104,
    "one_search_three_databases/revtools_restoration_scopus.ris": 286,
    "search_exports/topic_data__20221207_gambling-harms_crimjust_41.ris": 41,
    "search_exports/topic_data__20221207_gambling-harms_lens_49.ris": 49,
    "search_exports/topic_data__20221207_gambling-harms_psycinfo_124.ris": 124,
    "search_exports/topic_data__20221207_gambling-harms_pubmed_176.ris": 176,
    "search_exports/topic_data__20221207_gambling-harms_scopus_255.ris": 255,
}
# Counted as rows that Python's csv module gives below the heading row.
TABLES = {
    "_baseline.csv": 100, "_baseline.tsv": 100, "_baseline_cinahl.csv": 10, "_baseline_cochrane.csv": 3,
    "_baseline_covidence.csv": 10, "_baseline_embase.csv": 10, "_baseline_excel.csv": 10,
    "_baseline_googlescholar.csv": 10, "_baseline_openalex.csv": 9, "_baseline_pubmed.csv": 10,
    "_baseline_rayyan.csv": 10, "_baseline_refworks.tsv": 100, "_baseline_scopus.csv": 10, "_baseline_zotero.csv": 10,
}  # fmt: skip


@pytest.mark.parametrize(("name", "count"), REAL.items())
def test_every_tagged_record_of_real_exports_is_read(real_folder, name, count):
    path = real_folder / "evidence" / name
    raw = path.read_bytes().decode("utf-8-sig", errors="replace")
    marker = r"^PMID- " if ("pubmed.ris" in name and "baseline" in name) or name.endswith("nbib") else r"^TY  ?-"
    if name.endswith(".ciw"):
        marker = r"^PT \w"
    assert len(re.findall(marker, raw, flags=re.M)) == count
    records = exports.read(str(path))
    assert len(records) == count
    assert (records["title"] != "").all()


@pytest.mark.parametrize(("name", "count"), TABLES.items())
def test_tables_of_the_common_exporters(real_folder, name, count):
    records = exports.read(str(real_folder / "evidence" / "citation_export_formats" / name))
    assert len(records) == count
    assert (records["title"] != "").all()
    assert records["year"].str.fullmatch(r"\d{4}").all()


def write(tmp_path, text, name="export.ris", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return str(path)


def test_ris_with_mark_small_tags_junk_and_continuations(tmp_path):
    text = (
        "\ufeffRecord #1 of 2\nProvider: somebody\n\nty  - JOUR\nti  - A title that\n  goes on\nau  - Author-A, B.\n"
        "AB  - First line\nis - in a word - new\npy  - 2020/01//\nsp  - 147\nep  - 9\ndo  - https://doi.org/10.5555/ABC.1.\n"
        "er  - \n\n2. \nTY - JOUR\nTI - Second\nER -\n"
    )
    first, second = exports.read(write(tmp_path, text)).to_dict("records")
    assert first["title"] == "A title that goes on"
    assert first["abstract"] == "First line is - in a word - new"
    assert (first["year"], first["pages"], first["doi"], first["line"]) == ("2020", "147-9", "10.5555/abc.1", 4)
    assert second["title"] == "Second"


def test_medline_is_read_under_any_name(tmp_path):
    text = (
        "PMID- 99900001\nTI  - A title\n      in two lines.\nFAU - Author-A, Bea\nDP  - 2021 Feb\nPG  - 147-9\n"
        "LID - 10.5555/x.1 [doi]\nJT  - Placeholder\n\nPMID- 99900002\nTI  - Another\n"
    )
    records = exports.read(write(tmp_path, text, "pubmed.ris"))
    assert records["format"].tolist() == ["medline", "medline"]
    assert records.loc[0, "title"] == "A title in two lines."
    assert records.loc[0, "doi"] == "10.5555/x.1"


def test_windows_and_utf16_encodings(tmp_path):
    text = "TY  - JOUR\nTI  - Café\nER  - \n"
    assert exports.read(write(tmp_path, text, encoding="cp1252"))["title"][0] == "Café"
    assert exports.read(write(tmp_path, text, encoding="utf-16"))["title"][0] == "Café"


def test_a_file_without_any_end_line_is_accepted(tmp_path):
    assert len(exports.read(write(tmp_path, "TY  - JOUR\nTI  - One\nTY  - JOUR\nTI  - Two\n"))) == 2


def test_an_empty_file_has_no_records(tmp_path):
    assert exports.read(write(tmp_path, "\n")).empty


def test_no_record_in_a_file_that_is_not_empty(tmp_path):
    with pytest.raises(InputError) as error:
        exports.read(write(tmp_path, "These are my notes\nand no records\n"))
    assert str(error.value).split("export.ris", 1)[1] == (
        ": no record was found in this file.\n"
        "    Expected: RIS ('TY  - '), MEDLINE/NBIB ('PMID- '), Web of Science ('PT ') or a table with a title column.\n"
        "    What to do: export the search again and choose RIS, or take the file out of the search log."
    )


def test_a_cut_ris_file_names_the_line(tmp_path):
    with pytest.raises(InputError) as error:
        exports.read(write(tmp_path, "TY  - JOUR\nTI  - One\nER  - \n\nTY  - JOUR\nTI  - Tw"))
    assert str(error.value).split("export.ris", 1)[1] == (
        " (line 5): the record that begins here has no end line.\n"
        "    Expected: a line 'ER  - ' after every record, as the other records of this file have.\n"
        "    What to do: export the search again; the download may have been cut short."
    )


def test_a_record_without_title_or_identifier_is_a_problem(tmp_path):
    with pytest.raises(InputError, match=r"line 1\): this record has neither a title nor a DOI"):
        exports.read(write(tmp_path, "TY  - JOUR\nPY  - 2020\nER  - \n"))
