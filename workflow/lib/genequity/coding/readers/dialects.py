"""Headings of tables of coded segments, program by program.

A *dialect* says which headings a program uses, for which column, and what its cells hold. What was verified, and
where, stands beside each; headings marked "not verified" are translations that nobody could check against a file. All
are compared without capitals and blanks at their ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GENERAL = "segments-table"  # the dialect of tables that no program is known by


@dataclass(frozen=True)
class Dialect:
    """One program's table of segments.

    Attributes
    ----------
    program : str
        In a person's words.
    headings : mapping
        Column of ours -> headings it may have. ``source``, ``text`` and ``code`` (unless ``flags``) must be there.
    marks : sequence of str
        Headings that only this program has, by which the table is known; all of one group must be there.
    levels : str
        Pattern that parts the steps of a code's path.
    several : bool
        Whether a cell may hold several codes.
    flags : bool
        Whether each code has a column of its own (``Code: X Applied``).
    positions : bool
        Whether ``start`` and ``end`` are characters of the text, not paragraphs.
    """

    program: str
    headings: Mapping[str, Sequence[str]]
    marks: Sequence[Sequence[str]]
    levels: str = r"\s*>\s*"
    several: bool = False
    flags: bool = False
    positions: bool = False


DIALECTS: dict[str, Dialect] = {
    # Verified in public analysis code: English "Document name", "Code", "Segment", "Other codes assigned to segment",
    # and that the heading row need not be the first; German "Dokumentname", "Dokumentgruppe", "Anfang", "Ende" (first
    # and last paragraph), "Kommentar", "Farbe". Not verified: the other languages.
    "maxqda-table": Dialect(
        "MAXQDA",
        {
            "source": (
                *("document name", "document", "dokumentname", "dokument", "nom du document", "nombre del documento"),
                *("nombre de documento", "nome do documento", "nome del documento", "nome documento", "documentnaam"),
            ),
            "group": ("document group", "dokumentgruppe", "groupe de documents", "grupo de documentos"),
            "code": ("code", "codes", "codename", "código", "codigo", "codice", "kode"),
            "text": ("segment", "coded segment", "segmento", "coded segments", "segment codé", "segmento codificado"),
            "coder": (
                *("author", "autor", "autor/in", "auteur", "autore", "created by", "erstellt von", "modified by"),
                *("bearbeitet von", "geändert von", "modifié par", "modificado por", "coder"),
            ),
            "memo": ("comment", "kommentar", "commentaire", "comentario", "comentário", "commento", "opmerking"),
            "created": ("created", "erstellt am", "erstellt", "creation date", "modified", "geändert am", "date"),
        },
        (
            ("document name", "segment"),
            ("dokumentname", "segment"),
            ("nom du document", "segment"),
            ("nombre del documento", "segmento"),
            ("nombre de documento", "segmento"),
            ("nome do documento", "segmento"),
            ("nome del documento", "segmento"),
            ("documentnaam", "segment"),
        ),
        levels=r"\s*[>\\]\s*",
    ),
    # Verified in the program's manual: columns ID ("3:10" is document and quotation), Name, Reference, Start, End
    # (paragraphs of texts), Codes, Comment. Not verified: exact headings of each version, and what parts codes.
    "atlasti-table": Dialect(
        "ATLAS.ti",
        {
            "source": ("document", "document name", "primary document", "dokument", "documento"),
            "code": ("codes", "code", "códigos", "kodes"),
            "text": (
                *(
                    "quotation content",
                    "text content",
                    "content",
                    "quotation text",
                    "quotation",
                    "zitat",
                    "zitatinhalt",
                ),
                *("inhalt", "textinhalt", "contenido de la cita", "contenido", "contenido de texto", "cita"),
                *("quotation name", "name", "nombre"),
            ),
            "coder": ("created by", "author", "creator", "coding user", "erstellt von", "creado por", "autor"),
            "memo": ("comment", "quotation comment", "comments", "kommentar", "comentario"),
            "created": ("created", "creation date", "erstellt", "erstellt am", "creado"),
            "id": ("id", "quotation id", "zitat-id"),
        },
        (
            ("quotation content", "codes"),
            ("text content", "codes"),
            ("quotation name", "codes"),
            ("id", "document", "codes"),
            ("id", "dokument", "codes"),
            ("id", "documento", "códigos"),
            ("reference", "document", "codes"),
        ),
        levels=r"\s*[\\>]\s*",
        several=True,
    ),
    # Verified in public analysis code: "Media Title", "Excerpt Creator", "Excerpt Date", "Excerpt Range", "Resource
    # Creator", "Excerpt Copy", "Code: X Applied" with "True", "Code: X Weight", "Code: X Range".
    "dedoose": Dialect(
        "Dedoose",
        {
            "source": ("media title", "resource title", "title", "document title"),
            "text": ("excerpt copy", "excerpt", "excerpt text"),
            "coder": ("excerpt creator", "creator"),
            "memo": ("memos", "excerpt memos", "memo"),
            "created": ("excerpt date", "created"),
        },
        (("excerpt copy",), ("media title", "excerpt creator")),
        levels=r"\s*\\+\s*|\s*>\s*",
        flags=True,
    ),
    # Verified in the program's source: "id", "document", "tag", "content", since 2024 also "tag_parent",
    # "tag_full_path", "tag_description"; sheet "highlights"; a highlight without a tag has a row with a blank one.
    "taguette-table": Dialect(
        "Taguette",
        {
            "source": ("document",),
            "code": ("tag",),
            "text": ("content",),
            "parent": ("tag_parent",),
            "path": ("tag_full_path",),
        },
        (("id", "document", "tag", "content"), ("document", "tag", "content")),
    ),
    # Verified in the program's documentation and issues: "source", "code category", "created by", "created at", "last
    # update", "start pos", "end pos", "selection"; "code category" holds the code.
    "openqda": Dialect(
        "OpenQDA",
        {
            "source": ("source",),
            "code": ("code category", "code", "code name"),
            "text": ("selection", "text"),
            "coder": ("created by", "creator"),
            "created": ("created at",),
            "start": ("start pos", "start position", "start"),
            "end": ("end pos", "end position", "end"),
            "memo": ("comment", "description", "note"),
        },
        (("start pos", "end pos", "selection"), ("code category", "selection")),
        positions=True,
    ),
    # Verified in the program's source: "File" or "Case" (then also "Filename"), "Coder", "Coded", "Id", "Codename",
    # "Coded_Memo", "Category".
    "qualcoder-table": Dialect(
        "QualCoder",
        {
            "source": ("filename", "file", "case", "file/case", "file_or_casename"),
            "code": ("codename", "code name"),
            "text": ("coded", "coded text"),
            "coder": ("coder",),
            "memo": ("coded_memo", "coded memo", "memo"),
            "category": ("category", "categories"),
        },
        (("codename", "coded", "coder"),),
    ),
    # Verified in public reading code: 27 columns that begin with "zotqdaFormat" = "fragments/1".
    "zotqda": Dialect(
        "zotQDA",
        {
            "source": ("citekey", "attachmenttitle", "title"),
            "code": ("code",),
            "text": ("text",),
            "coder": ("codedby",),
            "memo": ("comment",),
            "created": ("codedat", "dateadded"),
            "kind": ("positionkind",),
        },
        (("zotqdaformat", "code", "text"),),
        levels=r"\s*[>/\\]\s*|::",
    ),
    # Any other table that says what its columns hold.
    "segments-table": Dialect(
        "a table of segments",
        {
            "source": (
                "source",
                "document",
                "file",
                "file name",
                "filename",
                "interview",
                "transcript",
                "participant",
                "case",
            ),
            "code": ("code", "codes", "tag", "theme", "node", "label", "code name", "codename", "category"),
            "text": (
                "text",
                "segment",
                "quote",
                "quotation",
                "excerpt",
                "content",
                "passage",
                "reference",
                "coded text",
            ),
            "coder": ("coder", "coded by", "author", "user", "created by"),
            "memo": ("memo", "comment", "note"),
            "created": ("created", "date", "created at"),
        },
        (
            ("document", "code", "text"),
            ("file", "code", "text"),
            ("source", "code", "text"),
            ("interview", "code", "quote"),
        ),
        several=True,
        levels=r"\s*[>\\]\s*",
    ),
}
