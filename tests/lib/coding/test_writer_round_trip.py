"""What is written is read again, whatever the project holds; and it is valid against the official schemas."""

import re
import unicodedata

import pandas as pd
import pytest
from genequity.coding import project, refi, writer
from genequity.coding.project import Project
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

LETTERS = st.characters(
    codec="utf-8",
    exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp", "Co", "Mn", "Mc", "Me", "Lo"],
    exclude_characters="\ufeff>",
)
WORDS = st.text(LETTERS, min_size=1, max_size=12).map(lambda text: " ".join(unicodedata.normalize("NFC", text).split()))
NAMES = WORDS.filter(bool)
MOMENTS = st.sampled_from(["", "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.25+01:00", "2023-12-31T00:00:00"])
VALUES = {
    "Text": NAMES,
    "Boolean": st.sampled_from(["true", "false"]),
    "Integer": st.integers(-999, 999).map(str),
    "Float": st.sampled_from(["0.5", "-12.25", "3"]),
    "Date": st.sampled_from(["2024-02-29", "1999-12-31"]),
    "DateTime": st.sampled_from(["2024-02-29T10:00:00", "1999-12-31T23:59:59Z"]),
}


FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)


@st.composite
def projects(draw):
    users = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    roots = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    codes = [path for root in roots for path in (root, f"{root} > {draw(NAMES)}")]
    book = [
        [path, draw(st.one_of(st.just(""), NAMES)), draw(st.sampled_from(["", "#ff0000", "#0F0"]))] for path in codes
    ]
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=str.casefold))
    texts = [["\n".join(draw(st.lists(NAMES, min_size=2, max_size=5))) + " and the end of it.", name] for name in names]
    segments, comments = [], []
    for text, name in texts:
        edges = [found.span() for found in re.finditer(r"\S+", text)]
        for place in range(draw(st.integers(0, 4))):
            # As people mark: from the beginning of a word to the end of one. The recorded words prove the positions.
            low = draw(st.integers(0, len(edges) - 4))
            start, end = edges[low][0], edges[draw(st.integers(low + 3, len(edges) - 1))][1]
            row = {
                "source": name,
                "coder": draw(st.sampled_from([*users, project.NO_CODER])),
                "start": start,
                "end": end,
            }
            memo = draw(st.one_of(st.just(""), NAMES.map(lambda words: f"Memo {words}"))) if place else ""
            row |= {"text": text[start:end], "memo": memo}
            if memo and draw(st.integers(0, 3)) == 0:
                comments.append(row)
            else:
                segments.append(
                    row | {"code": draw(st.sampled_from(codes)), "created": draw(MOMENTS), "repaired": "none"}
                )
    cases, variables, kinds = [], [], {}
    for case in draw(st.lists(NAMES, max_size=3, unique=True)):
        for source in draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)):
            cases.append([case, source])
        for name in draw(st.lists(NAMES, max_size=2, unique=True)):
            kind = kinds.setdefault(name, draw(st.sampled_from(sorted(VALUES))))
            variables.append([case, name, kind, draw(VALUES[kind])])
    return Project(
        name=draw(NAMES),
        origin="a test",
        users=pd.DataFrame({"user": users}),
        codes=pd.DataFrame(book, columns=project.CODE_COLUMNS).drop_duplicates("code", ignore_index=True),
        sources=pd.DataFrame([[n, t, "none", ""] for t, n in texts], columns=project.SOURCE_COLUMNS),
        segments=project.segment_frame(segments),
        cases=pd.DataFrame(cases, columns=project.CASE_COLUMNS),
        variables=pd.DataFrame(variables, columns=project.VARIABLE_COLUMNS),
        comments=project.frame(comments, project.COMMENT_COLUMNS),
        codings=len(segments),
    )


PARTS = {
    "users": project.USER_COLUMNS,
    "codes": project.CODE_COLUMNS,
    "sources": ["source", "text"],
    "segments": ["source", "coder", "code", "start", "end", "text", "memo", "created"],
    "comments": project.COMMENT_COLUMNS,
    "cases": project.CASE_COLUMNS,
    "variables": project.VARIABLE_COLUMNS,
}


def rows(content, part):
    frame = getattr(content, part)[PARTS[part]]
    found = [tuple(str(cell) for cell in row) for row in frame.itertuples(index=False)]
    return found if part in ("users", "sources") else sorted(found)


@given(content=projects())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_read_of_written_is_the_project(tmp_path, content):
    # A memo that repeats the passage is none, and what a program calls a memo may then be left out.
    writer.write(content, tmp_path / "p.qdpx")
    found = refi.read(tmp_path / "p.qdpx")
    for part in PARTS:
        assert rows(found, part) == rows(content, part), part
    assert (found.name, found.origin, found.codings) == (content.name, content.origin, content.codings)
    writer.write(found, tmp_path / "q.qdpx")
    assert (tmp_path / "p.qdpx").read_bytes() == (tmp_path / "q.qdpx").read_bytes()


@pytest.fixture(scope="module")
def schemas(real_folder):
    folder = real_folder / "interviews" / "refi"
    return [etree.XMLSchema(etree.parse(folder / f"{name}.xsd")) for name in ("Project", "Codebook")]


@given(content=projects())
@settings(FEW)
def test_every_project_is_valid(schemas, content):
    schemas[0].assertValid(etree.fromstring(writer.project_xml(content)))
    schemas[1].assertValid(etree.fromstring(writer.codebook_xml(content.codes)))


def small(**changes):
    mark = {"source": "S", "coder": "Ann", "code": "A", "start": 0, "end": 4, "text": "Text", "memo": "", "created": ""}
    mark |= {"repaired": "none"} | changes
    return Project(
        name="p",
        sources=pd.DataFrame([["S", "Text of it.", "none", ""]], columns=project.SOURCE_COLUMNS),
        segments=project.segment_frame([mark]),
        codings=1,
    )


def test_coders_and_codes_that_only_segments_name_are_added(tmp_path, schemas):
    schemas[0].assertValid(etree.fromstring(writer.project_xml(small())))
    writer.write(small(), tmp_path / "p.qdpx")
    found = refi.read(tmp_path / "p.qdpx")
    assert found.users["user"].tolist() == ["Ann"]
    assert found.segments["code"].tolist() == ["A"]


def test_what_the_schema_forbids_is_written_in_a_form_it_allows(schemas):
    odd = small(created="last week", memo="bell \x07 and \ufffe, a \r return & <tag>")
    odd.codes = pd.DataFrame([["A", "Definition.", "red"]], columns=project.CODE_COLUMNS)
    odd.variables = pd.DataFrame(
        [["C", "age", "Integer", "forty"], ["C", "born", "Date", ""], ["C", "odd", "Colour", "x"]],
        columns=project.VARIABLE_COLUMNS,
    )
    odd.cases = pd.DataFrame([["C", "S"], ["C", "not there"]], columns=project.CASE_COLUMNS)
    root = etree.fromstring(writer.project_xml(odd))
    schemas[0].assertValid(root)
    kinds = {v.get("name"): v.get("typeOfVariable") for v in root.iter("{*}Variable")}
    assert kinds == {"age": "Text", "born": "Date", "odd": "Text"}
    assert len(list(root.iter("{*}SourceRef"))) == 1
    assert root.find(".//{*}Description").text is not None
    assert root.find(".//{*}Coding").get("creationDateTime") is None


def test_an_empty_project_is_valid(schemas):
    schemas[0].assertValid(etree.fromstring(writer.project_xml(Project(name="nothing"))))


def test_a_segment_without_a_place_is_not_lost_in_silence():
    with pytest.raises(ValueError, match="without a position"):
        writer.project_xml(small(start=pd.NA, end=pd.NA))


def test_a_space_instead_of_the_t_of_a_date_is_mended():
    assert writer.moment("2024-01-02 03:04:05") == "2024-01-02T03:04:05"
    assert writer.moment("2024-13-02T03:04:05") == ""


def test_real_projects_are_written_and_read_again(real_folder, tmp_path, schemas):
    content = refi.read(real_folder / "interviews" / "refi" / "qc_demo_qc1.3.2.qdpx")
    schemas[0].assertValid(etree.fromstring(writer.project_xml(content)))
    writer.write(content, tmp_path / "again.qdpx")
    found = refi.read(tmp_path / "again.qdpx")
    assert len(found.segments) == 205
    for part in ("codes", "sources", "segments", "cases", "variables"):
        assert rows(found, part) == rows(content, part), part
