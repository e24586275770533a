"""One small coded project, written as each program writes it: what readers are tried on.

Two transcripts with Windows line ends in some dialects, an emoji, accents; two coders; a tree of codes; nine codings.
The wording is made up and says nothing of anybody.
"""

import csv
import io
import json
import sqlite3
import unicodedata
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

TEXTS = {
    "Interview 1": (
        "Interviewer: How was the first letter?\n"
        "Speaker: Placeholder answer about a café \U0001f642 and a letter that came late.\n"
        "Interviewer: And then?\n"
        "Speaker: Another naïve placeholder, twice as long, about waiting and waiting again.\n"
    ),
    "Interview 2": (
        "Interviewer: Who was there?\n"
        "Speaker: A placeholder \U0001f9ec about an interpreter, who was not booked.\n"
        "Speaker: Nothing more to say here.\n"
    ),
}
# source, coder, code, words
CODINGS = [
    ("Interview 1", "Ann", "Barriers > Letters", "a letter that came late"),
    ("Interview 1", "Ben", "Barriers > Letters", "letter that came late."),
    ("Interview 1", "Ann", "Barriers > Waiting", "about waiting and waiting again"),
    ("Interview 1", "Ben", "Feelings", "Another naïve placeholder"),
    ("Interview 1", "Ann", "Barriers", "And then?\nSpeaker: Another naïve placeholder"),
    ("Interview 2", "Ann", "Barriers > Interpreters", "about an interpreter, who was not booked"),
    ("Interview 2", "Ben", "Barriers > Interpreters", "an interpreter"),
    ("Interview 2", "Ann", "Feelings", "Nothing more to say here"),
    ("Interview 2", "Ann", "Barriers > Waiting", "A placeholder \U0001f9ec about an interpreter"),
]
COMMENT = ("Interview 1", "How was the first letter?", "a comment, not a code")
QUOTES = sorted((source, code, words) for source, _, code, words in CODINGS)
PATHS = ["Barriers", "Barriers > Letters", "Barriers > Waiting", "Barriers > Interpreters", "Feelings"]


def guid(number: int, style: str = "plain") -> str:
    """Return an identifier in a program's style: plain, braces, upper."""
    made = f"0000abcd-0000-0000-0000-{number:012d}"
    return {"plain": made, "braces": "{" + made + "}", "upper": made.upper()}[style]


def span(source: str, words: str) -> tuple[int, int]:
    """Return start and end of words in the canonical text."""
    start = TEXTS[source].index(words)
    return start, start + len(words)


def as_stored(text: str, newline: str = "\n", form: str = "NFC") -> str:
    """Return a text as it stands in a program's file."""
    return unicodedata.normalize(form, text).replace("\n", newline)


def counted(text: str, at: int, *, newline: int = 1, utf16: bool = False, bom: int = 0, form: str = "NFC") -> int:
    """Return a position as a program counts it: width of a line end, of an emoji, of a byte order mark, of an accent."""
    before = unicodedata.normalize(form, text[:at])
    width = sum(newline if c == "\n" else 2 if utf16 and ord(c) > 0xFFFF else 1 for c in before)
    return width + bom


# How each program differs; what is not said is as the standard says.
DIALECTS: dict[str, dict] = {
    "standard": {},
    "ATLAS.ti": {"newline": "\r\n", "width": 1, "guid": "upper", "origin": "ATLAS.ti 23.1", "text_bom": True},
    "NVivo": {
        "newline": "\r\n",
        "width": 2,
        "origin": "NVivo 14",
        "standalone": True,
        "root_entry": True,
        "cases_as_codes": True,
        "utf16": True,
    },
    "MAXQDA": {"newline": "\r\n", "width": 2, "origin": "MAXQDA 2022", "variables_inside": True, "comment": True},
    "Quirkos": {"origin": "Quirkos 2.5", "case_without_name": True},
    "qc": {"scheme": "", "origin": "qc 1.3.2", "no_name": True},
    "QualCoder": {"origin": "QualCoder 3.5", "pdf": "after", "empty": True},
    "namespace 0.4": {"namespace": "urn:QDA-XML:project:0.4"},
    "other qde name": {"qde": "My project.qde"},
    "in a folder": {"folder": "my project/"},
    "Sources": {"sources": "Sources"},
    "BOM before the declaration": {"xml_bom": True},
    "UTF-16 XML": {"xml_encoding": "utf-16"},
    "says UTF-16, is UTF-8": {"declared": "utf-16"},
    "braces": {"guid": "braces"},
    "upper case": {"guid": "upper"},
    "BOM counted": {"text_bom": True, "count_bom": True},
    "UTF-16 units": {"utf16": True},
    "UTF-16 text": {"text_encoding": "utf-16"},
    "NFD file": {"form": "NFD"},
    "NFD file counted composed": {"form": "NFD", "count_form": "NFC"},
    "line feeds counted as two": {"width": 2},
    "carriage returns": {"newline": "\r"},
    "ends inside": {"inclusive": True},
    "text in the project": {"inline": True},
    "PDF": {"pdf": "before"},
    "packed by a Mac": {"mac": True},
}


def qdpx(path: Path, **options) -> Path:
    """Write the project as REFI-QDA, with a dialect's options."""
    style = options.get("guid", "plain")
    users = {"Ann": guid(1, style), "Ben": guid(2, style)}
    codes = {name: guid(10 + place, style) for place, name in enumerate(PATHS)}
    case = guid(30, style)
    newline, form = options.get("newline", "\n"), options.get("form", "NFC")
    width = options.get("width", len(newline))
    count = {
        "newline": width,
        "utf16": options.get("utf16", False),
        "bom": int(options.get("count_bom", False)),
        "form": options.get("count_form", form),
    }
    files, sources = {}, []
    for place, (name, text) in enumerate(TEXTS.items()):
        stored = as_stored(text, newline, form)
        raw = (("\ufeff" if options.get("text_bom") else "") + stored).encode(options.get("text_encoding", "utf-8"))
        identity = guid(100 + place)
        file = f"{name}.txt" if options.get("no_name") else f"{identity}.txt"
        files[file] = raw
        marks = []
        for number, (source, coder, code, words) in enumerate(CODINGS):
            if source == name:
                start, end = (counted(text, at, **count) for at in span(source, words))
                end -= options.get("inclusive", False)
                marks.append(
                    f'<PlainTextSelection guid="{guid(200 + number, style)}" startPosition="{start}" '
                    f'endPosition="{end}" creatingUser="{users[coder]}"><Coding guid="{guid(300 + number, style)}" '
                    f'creatingUser="{users[coder]}" creationDateTime="2024-01-02T03:04:05Z">'
                    f'<CodeRef targetGUID="{codes[code]}"/></Coding></PlainTextSelection>'
                )
        if options.get("comment") and name == COMMENT[0]:
            start, end = (counted(text, at, **count) for at in span(*COMMENT[:2]))
            marks.append(
                f'<PlainTextSelection guid="{guid(290, style)}" startPosition="{start}" endPosition="{end}">'
                f"<Description>{COMMENT[2]}</Description></PlainTextSelection>"
            )
        if options.get("cases_as_codes"):
            marks.append(f'<Coding guid="{guid(390 + place, style)}"><CodeRef targetGUID="{case}"/></Coding>')
        where = f"{options.get('scheme', 'internal://')}{file}"
        named = "" if options.get("no_name") else f"name={quoteattr(name)} "
        content, at = f"{''.join(marks)}", f'plainTextPath="{where}" '
        if options.get("inline"):
            content, at = f"<PlainTextContent>{escape(text)}</PlainTextContent>{content}", ""
            del files[file]
        inside = ""
        if options.get("variables_inside"):
            inside = (
                f'<VariableValue><VariableRef targetGUID="{guid(40, style)}"/><TextValue>patient</TextValue>'
                "</VariableValue>"
            )
        if "pdf" in options:
            area = f'<PDFSelection guid="{guid(60 + place, style)}" page="1" firstX="0" firstY="0" secondX="1" secondY="1"/>'
            body = f'<Representation guid="{guid(70 + place, style)}" {at}>{content}</Representation>'
            both = area + body if options["pdf"] == "before" else body + area
            sources.append(f'<PDFSource guid="{guid(50 + place, style)}" {named}>{both}</PDFSource>')
        else:
            sources.append(f'<TextSource guid="{guid(50 + place, style)}" {named}{at}>{content}{inside}</TextSource>')
    cases = variables = ""
    if options.get("cases_as_codes"):
        cases = f'<Cases><Case guid="{case}" name="Person 1"/></Cases>'
    if options.get("case_without_name"):
        cases = (
            f'<Cases><Case guid="{case}"><VariableValue><VariableRef targetGUID="{guid(40, style)}"/>'
            f'<TextValue>patient</TextValue></VariableValue><SourceRef targetGUID="{guid(50, style)}"/></Case></Cases>'
        )
    if (cases and options.get("case_without_name")) or options.get("variables_inside"):
        variables = f'<Variables><Variable guid="{guid(40, style)}" name="role" typeOfVariable="Text"/></Variables>'
    empty = "<Cases/><Notes/><Sets/>" if options.get("empty") else ""
    as_code = f'<Code guid="{case}" name="Person 1" isCodable="true"/>' if options.get("cases_as_codes") else ""
    tree = (
        f'<Code guid="{codes["Barriers"]}" name="Barriers" isCodable="true">'
        + "".join(
            f'<Code guid="{codes[path]}" name="{path.split(" > ")[1]}" isCodable="true"/>'
            for path in PATHS
            if " > " in path
        )
        + f'</Code><Code guid="{codes["Feelings"]}" name="Feelings" isCodable="true"/>{as_code}'
    )
    people = "".join(f'<User guid="{identity}" name="{name}"/>' for name, identity in users.items())
    encoding = options.get("declared", options.get("xml_encoding", "utf-8"))
    xml = (
        f'<?xml version="1.0" encoding="{encoding}"{" standalone=" + chr(34) + "no" + chr(34) if options.get("standalone") else ""}?>'
        f'<Project xmlns="{options.get("namespace", "urn:QDA-XML:project:1.0")}" name="p" '
        f'origin="{options.get("origin", "a program")}"><Users>{people}</Users><CodeBook><Codes>{tree}</Codes></CodeBook>'
        f"{variables}{cases}{empty}<Sources>{''.join(sources)}</Sources></Project>"
    )
    raw = xml.encode(options.get("xml_encoding", "utf-8"))
    raw = b"\xef\xbb\xbf" + raw if options.get("xml_bom") else raw
    folder = options.get("folder", "")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}{options.get('qde', 'project.qde')}", raw)
        if options.get("root_entry"):
            archive.writestr("sources/.root", b"")
        if options.get("mac"):
            archive.writestr("__MACOSX/._project.qde", b"\0\5\26\7")
        for name, content in files.items():
            archive.writestr(f"{folder}{options.get('sources', 'sources')}/{name}", content)
    return path


def qualcoder(folder: Path, version: str = "v17", wal: bool = False) -> Path:
    """Write a QualCoder project folder; old versions lack columns."""
    folder.mkdir(parents=True)
    new = version == "v17"
    held = sqlite3.connect(folder / "data.qda")
    if wal:
        held.execute("PRAGMA journal_mode = WAL")
        held.execute("PRAGMA wal_autocheckpoint = 0")
    held.execute("CREATE TABLE project (databaseversion text, date text, memo text, about text)")
    held.execute("INSERT INTO project VALUES (?, '', '', 'QualCoder 3.8')", [version])
    held.execute(
        "CREATE TABLE source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text,"
        f" date text{', av_text_id integer, risid integer' if new else ''}, unique(name))"
    )
    held.execute(
        "CREATE TABLE code_cat (catid integer primary key, name text, owner text, date text, memo text, supercatid integer)"
    )
    held.execute(
        "CREATE TABLE code_name (cid integer primary key, name text, memo text, catid integer, owner text, date text,"
        f" color text{', supercid integer' if new else ''})"
    )
    held.execute(
        "CREATE TABLE code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer,"
        f" pos1 integer, owner text, date text, memo text{', avid integer, important integer' if new else ''})"
    )
    held.execute("CREATE TABLE code_image (imid integer primary key, id integer, x1 integer, cid integer, owner text)")
    held.execute(
        "CREATE TABLE code_av (avid integer primary key, id integer, pos0 integer, pos1 integer, cid integer, owner text)"
    )
    held.execute(
        "CREATE TABLE annotation (anid integer primary key, fid integer, pos0 integer, pos1 integer, memo text, owner text)"
    )
    held.execute("CREATE TABLE cases (caseid integer primary key, name text)")
    held.execute(
        "CREATE TABLE case_text (id integer primary key, caseid integer, fid integer, pos0 integer, pos1 integer)"
    )
    held.execute("CREATE TABLE attribute_type (name text, caseOrFile text, valuetype text)")
    held.execute(
        "CREATE TABLE attribute (attrid integer primary key, name text, attr_type text, value text, id integer)"
    )
    for place, (name, text) in enumerate(TEXTS.items(), 1):
        held.execute("INSERT INTO source (id, name, fulltext) VALUES (?, ?, ?)", [place, name, text])
    # Where codes can hold codes, "Barriers" is one; before that it is a category with a code of its name in it.
    if not new:
        held.execute("INSERT INTO code_cat (catid, name) VALUES (1, 'Barriers')")
    for place, path in enumerate(PATHS, 1):
        name = path.split(" > ")[-1]
        if new:
            above = 1 if " > " in path else None
            held.execute("INSERT INTO code_name (cid, name, supercid) VALUES (?, ?, ?)", [place, name, above])
        else:
            above = 1 if " > " in path else None
            held.execute("INSERT INTO code_name (cid, name, catid) VALUES (?, ?, ?)", [place, name, above])
    for source, coder, code, words in CODINGS:
        fid = list(TEXTS).index(source) + 1
        row = [PATHS.index(code) + 1, fid, words, *span(source, words), coder, "2024-01-02 03:04:05"]
        held.execute(
            "INSERT INTO code_text (cid, fid, seltext, pos0, pos1, owner, date) VALUES (?, ?, ?, ?, ?, ?, ?)", row
        )
    held.execute("INSERT INTO annotation (fid, pos0, pos1, memo, owner) VALUES (1, 0, 5, 'a note', 'Ann')")
    held.execute("INSERT INTO cases VALUES (1, 'Person 1')")
    held.execute("INSERT INTO case_text (caseid, fid, pos0, pos1) VALUES (1, 1, 0, 10)")
    held.execute("INSERT INTO attribute_type VALUES ('age', 'case', 'numeric')")
    held.execute("INSERT INTO attribute (name, attr_type, value, id) VALUES ('age', 'case', '40', 1)")
    held.commit()
    if wal:
        return folder, held  # the caller keeps the connection open, so that changes wait in the log
    held.close()
    return folder


def taguette(path: Path, tree: bool = True) -> Path:
    """Write a Taguette database: HTML, positions in UTF-8 bytes of its words, one highlight for each coding."""
    held = sqlite3.connect(path)
    held.execute("CREATE TABLE projects (id integer primary key, name text)")
    held.execute(
        "CREATE TABLE documents (id integer primary key, name text, filename text, project_id integer, contents text)"
    )
    held.execute(
        "CREATE TABLE highlights (id integer primary key, document_id integer, start_offset integer, end_offset integer, snippet text)"
    )
    held.execute(
        f"CREATE TABLE tags (id integer primary key, project_id integer, path text, description text{', parent_id integer' if tree else ''})"
    )
    held.execute("CREATE TABLE highlight_tags (highlight_id integer, tag_id integer)")
    held.execute("CREATE TABLE commands (id integer primary key, date text, user_login text, payload text)")
    held.execute("INSERT INTO projects VALUES (1, 'p')")
    for place, (name, text) in enumerate(TEXTS.items(), 1):
        body = "".join(f"<p>{escape(line)}</p>" for line in text.strip("\n").split("\n"))
        held.execute("INSERT INTO documents VALUES (?, ?, ?, 1, ?)", [place, name, f"{name}.docx", body])
    for place, code in enumerate(PATHS, 1):
        if tree:
            above = PATHS.index(code.split(" > ")[0]) + 1 if " > " in code else None
            held.execute("INSERT INTO tags VALUES (?, 1, ?, '', ?)", [place, code.split(" > ")[-1], above])
        else:
            held.execute("INSERT INTO tags VALUES (?, 1, ?, '')", [place, code])
    for number, (source, coder, code, words) in enumerate(CODINGS, 1):
        start, end = (len(TEXTS[source][:at].replace("\n", "").encode()) for at in span(source, words))
        snippet = "".join(f"<p>{escape(line)}</p>" for line in words.split("\n"))
        row = [number, list(TEXTS).index(source) + 1, start, end, snippet]
        held.execute("INSERT INTO highlights VALUES (?, ?, ?, ?, ?)", row)
        held.execute("INSERT INTO highlight_tags VALUES (?, ?)", [number, PATHS.index(code) + 1])
        payload = json.dumps({"type": "highlight_add", "highlight_id": number})
        held.execute("INSERT INTO commands (date, user_login, payload) VALUES ('2024-01-02', ?, ?)", [coder, payload])
    held.execute("INSERT INTO highlights VALUES (99, 1, 0, 11, '<p>Interviewer</p>')")
    held.commit()
    held.close()
    return path


def rows_of(dialect: str) -> list[list[str]]:
    """Return the project as a program's table of segments, heading row first."""
    if dialect == "dedoose":
        head = ["Media Title", "Excerpt Range", "Excerpt Date", "Excerpt Creator", "Excerpt Copy"]
        names = [path.replace(" > ", "\\") for path in PATHS]
        head += [cell for name in names for cell in (f"Code: {name} Applied", f"Code: {name} Weight")]
        body = []
        for source, coder, code, words in CODINGS:
            flags = [cell for path in PATHS for cell in (str(path == code), "")]
            body.append([source, "0-5", "2024-01-02", coder, words, *flags])
        return [head, *body]
    made = {
        "maxqda-table": (
            [
                "Document group",
                "Document name",
                "Code",
                "Beginning",
                "End",
                "Weight score",
                "Segment",
                "Author",
                "Comment",
            ],
            lambda s, c, k, w: ["All", s, k, "2", "2", "0", w, c, ""],
        ),
        "german": (
            ["Farbe", "Dokumentgruppe", "Dokumentname", "Code", "Anfang", "Ende", "Segment", "Autor", "Kommentar"],
            lambda s, c, k, w: ["●", "Alle", s, k.replace(" > ", "\\"), "2", "2", w, c, ""],
        ),
        "atlasti-table": (
            ["ID", "Document", "Quotation Name", "Quotation Content", "Codes", "Reference", "Created by", "Comment"],
            lambda s, c, k, w: ["1:1", s, w[:10], w, k, "1 - 1", c, ""],
        ),
        "taguette-table": (
            ["id", "document", "tag", "tag_parent", "tag_full_path", "tag_description", "content"],
            lambda s, c, k, w: ["1", s, k.split(" > ")[-1], k.rpartition(" > ")[0], k.replace(" > ", "."), "", w],
        ),
        "openqda": (
            ["source", "code category", "created by", "created at", "last update", "start pos", "end pos", "selection"],
            lambda s, c, k, w: [s, k, c, "2024-01-02", "", *map(str, span(s, w)), w],
        ),
        "qualcoder-table": (
            ["File", "Coder", "Coded", "Id", "Codename", "Coded_Memo", "Category"],
            lambda s, c, k, w: [s, c, w, "1", k.split(" > ")[-1], "", k.rpartition(" > ")[0]],
        ),
        "zotqda": (
            ["zotqdaFormat", "code", "codeId", "citekey", "title", "text", "comment", "codedBy", "codedAt"],
            lambda s, c, k, w: ["fragments/1", k, "1", s, s, w, "", c, "2024-01-02"],
        ),
        "segments-table": (
            ["Interview", "Theme", "Quote", "Coded by"],
            lambda s, c, k, w: [s, k, w, c],
        ),
        "segments-csv": (
            ["source", "coder", "code", "start", "end", "text"],
            lambda s, c, k, w: [s, c, k, *map(str, span(s, w)), w],
        ),
    }
    head, row = made[dialect]
    return [head, *(row(*coding) for coding in CODINGS)]


def separated(rows: list[list[str]], mark: str = ",", encoding: str = "utf-8-sig") -> bytes:
    """Return rows as separated text."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode(encoding)


def workbook(path: Path, rows: list[list[str]], above: int = 0) -> Path:
    """Write rows into a workbook, below some rows of a title."""
    from openpyxl import Workbook

    book = Workbook()
    for number in range(above):
        book.active.append([f"Title {number}"])
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def nvivo_report(brackets: bool = True) -> str:
    """Return NVivo's report of codes' references."""
    lines = []
    for code in dict.fromkeys(code for _, _, code, _ in CODINGS):
        lines += [f"Name: {code.replace(' > ', chr(92) * 2)}", ""]
        for source in TEXTS:
            held = [words for where, _, k, words in CODINGS if (where, k) == (source, code)]
            if held:
                name = f"Files\\\\Interviews\\\\{source}"
                shown = f"<{name}>" if brackets else name
                noun = "reference" if len(held) == 1 else "references"
                lines += [f"{shown} - § {len(held)} {noun} coded  [ 3.42% Coverage]", ""]
                for number, words in enumerate(held, 1):
                    lines += [f"Reference {number} - 1.71% Coverage", "", *words.split("\n"), ""]
    return "\n".join(lines)
