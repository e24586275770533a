"""Number chapters, figures, tables, equations and listings as Quarto does, and resolve references to them.

"Figure 3.1" is the first figure of chapter 3, "Figure A.1" of the first appendix; what stands in an unnumbered chapter
counts through the book ("Table 1").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from genequity.errors import Problem, nearest
from genequity.publish import pandoc
from genequity.publish.exporter import CELL
from genequity.publish.pandoc import Node, attributes, node

NAMES = {"fig": "Figure", "tbl": "Table", "eq": "Equation", "sec": "Section", "lst": "Listing"}
FOREIGN = ("tip", "nte", "wrn", "imp", "cau", "thm", "lem", "cor", "prp", "def", "exm", "exr")
_REFERENCE = re.compile(rf"^({'|'.join(NAMES)})-")
_UNSUPPORTED = re.compile(rf"^({'|'.join(FOREIGN)})-")


@dataclass
class Target:
    """What a reference points to: the word and number it prints, the chapter, and whether it is a number at all."""

    name: str
    number: str
    chapter: str

    def text(self, word: str | None = None) -> str:
        """Return ``Figure 3.1``, or with another word (or none)."""
        name = self.name if word is None else word
        return "\u00a0".join(part for part in (name, self.number) if part)


@dataclass
class Numbering:
    """Counts through a book; ``targets`` holds every label."""

    targets: dict[str, Target] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    chapters: int = 0
    appendices: int = 0
    _chapter: str = ""
    _sections: list[int] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)
    _loose: dict[str, int] = field(default_factory=dict)
    _file: str = ""
    _where: str = ""

    def chapter(self, file: str, blocks: list[Node], *, appendix: bool) -> list[Node]:
        """Number one chapter's elements and write numbers into headings and captions.

        Parameters
        ----------
        file : str
            Name of the notebook, for messages.
        blocks : list of nodes
            The chapter, starting with its level-1 heading.
        appendix : bool
            Whether it is lettered.
        """
        self._file, self._counts, self._sections, self._chapter = file, {}, [], ""
        level = 0

        def visit(item: Node) -> Any:
            nonlocal level
            kind = item["t"]
            if kind == "RawBlock" and item["c"][0] == CELL:
                self._where = item["c"][1]
            elif kind == "Header":
                if item["c"][0] > level + 1:
                    self._problem(f"heading '{pandoc.text(item['c'][2]).strip()}' skips a level", do="use one # fewer")
                level = item["c"][0]
                return self._header(item, appendix)
            return None

        # Figures are numbered in a second pass, from the top down: a group comes before its panels.
        return [self._block(block) for block in pandoc.walk(blocks, visit)]

    def _problem(self, message: str, do: str = "") -> None:
        self.problems.append(Problem(self._file, message, where=self._where, do=do))

    def _target(self, label: str, name: str, number: str) -> None:
        if label in self.targets:
            self._problem(f"the label {label} stands twice in the book", do="give one of them another name")
        self.targets[label] = Target(name, number, self._file)

    def _header(self, item: Node, appendix: bool) -> None:
        level, attribute, inlines = item["c"]
        if "unnumbered" in attribute[1]:
            self._target(attribute[0], pandoc.text(inlines).strip(), "")
            return
        if level == 1:
            if appendix:
                self.appendices += 1
                self._chapter = chr(64 + self.appendices)
            else:
                self.chapters += 1
                self._chapter = str(self.chapters)
            number, name = self._chapter, "Appendix" if appendix else "Chapter"
        elif not self._chapter or level > 3:
            self._target(attribute[0], pandoc.text(inlines).strip(), "")
            return
        else:
            self._sections = [*self._sections, 0, 0][: level - 1]
            self._sections[-1] += 1
            number, name = ".".join([self._chapter, *map(str, self._sections)]), "Section"
        self._target(attribute[0], name, number)
        attribute[2] = [*attribute[2], ["number", number]]

    def _next(self, kind: str) -> str:
        counts = self._counts if self._chapter else self._loose
        counts[kind] = counts.get(kind, 0) + 1
        return f"{self._chapter}.{counts[kind]}" if self._chapter else str(counts[kind])

    def _block(self, block: Node) -> Node:
        kind = block["t"]
        if kind == "RawBlock" and block["c"][0] == CELL:
            self._where = block["c"][1]
        elif kind == "Figure" and block["c"][0][0].startswith("fig-"):
            number = self._next("fig")
            self._target(block["c"][0][0], "Figure", number)
            block["c"][1][1] = _lead(block["c"][1][1], f"Figure\u00a0{number}")
        elif kind == "Table" and block["c"][0][0].startswith("tbl-"):
            number = self._next("tbl")
            self._target(block["c"][0][0], "Table", number)
            block["c"][1][1] = _lead(block["c"][1][1], f"Table\u00a0{number}")
        elif kind == "Div" and "panels" in block["c"][0][1]:
            self._panels(block)
        elif kind == "Div" and "absent" in block["c"][0][1]:
            label = block["c"][0][0]
            word, number = NAMES[label[:3]], self._next(label[:3])
            self._target(label, word, number)
            head = block["c"][1][0]
            head["c"][1] = _lead(head["c"][1], f"{word}\u00a0{number}")
        elif kind == "Div" and "listing" in block["c"][0][1]:
            number = self._next("lst")
            self._target(block["c"][0][0], "Listing", number)
            head = block["c"][1][0]
            head["c"][1] = _lead(head["c"][1], f"Listing\u00a0{number}")
        elif kind == "Div":
            block["c"][1] = [self._block(inner) for inner in block["c"][1]]
        elif kind == "BlockQuote":
            block["c"] = [self._block(inner) for inner in block["c"]]
        elif kind in ("BulletList", "OrderedList"):
            items = block["c"] if kind == "BulletList" else block["c"][1]
            items[:] = [[self._block(inner) for inner in item] for item in items]
        elif kind in ("Para", "Plain"):
            for inline in block["c"]:
                if inline["t"] == "Span" and "equation" in inline["c"][0][1]:
                    number = self._next("eq")
                    self._target(inline["c"][0][0], "Equation", number)
                    inline["c"][0][2].append(["number", number])
        return block

    def _panels(self, block: Node) -> None:
        number = self._next("fig")
        self._target(block["c"][0][0], "Figure", number)
        letters = iter("abcdefghijklmnop")
        for inner in block["c"][1]:
            if inner["t"] == "Figure":
                letter = next(letters)
                self._target(inner["c"][0][0], "Figure", f"{number} ({letter})")
                inner["c"][1][1] = _lead(inner["c"][1][1], f"({letter})", "")
            elif "caption" in inner["c"][0][1]:
                inner["c"][1] = _lead(inner["c"][1], f"Figure\u00a0{number}")


def _lead(blocks: list[Node], label: str, mark: str = ":") -> list[Node]:
    """Put ``Figure 3.1:`` before a caption."""
    first = node("Strong", [node("Str", f"{label}{mark}")])
    if not blocks:
        return [node("Plain", [first])]
    return [node(blocks[0]["t"], [first, node("Space"), *blocks[0]["c"]]), *blocks[1:]]


class Resolver:
    """Replaces references by links, keeping problems with the cell they stand in.

    Parameters
    ----------
    targets : dict
        Every label of the book.
    citations : collection of str
        Keys of the bibliography.
    alone : str, optional
        File of a chapter that is published alone: references to other chapters become plain text.
    """

    def __init__(self, targets: dict[str, Target], citations: set[str], alone: str = ""):
        self.targets, self.citations, self.alone = targets, citations, alone
        self.problems: list[Problem] = []
        self.used: set[str] = set()
        self.file = self.where = ""

    def resolve(self, file: str, blocks: list[Node]) -> list[Node]:
        """Return a chapter with all its references resolved."""
        self.file, self.where = file, ""
        return pandoc.walk(blocks, self._visit)

    def _problem(self, message: str, do: str = "") -> None:
        self.problems.append(Problem(self.file, message, where=self.where, do=do))

    def _visit(self, item: Node) -> Any:
        kind = item["t"]
        if kind == "RawBlock" and item["c"][0] == CELL:
            self.where = item["c"][1]
        elif kind == "Cite":
            return self._cite(item)
        elif kind in ("Para", "Plain"):
            self._doubled(item["c"])
        elif kind == "Link" and not _is_reference(item):
            target = item["c"][2][0]
            if target.startswith("#") and target[1:] not in self.targets:
                self._problem(f"a link to {target}, which is not in the book")
        return None

    def _doubled(self, inlines: list[Node]) -> None:
        """Refuse "Figure @fig-x", which would print "Figure Figure 3.1"."""
        for before, space, link in zip(inlines, inlines[1:], inlines[2:], strict=False):
            if before["t"] == "Str" and space["t"] in ("Space", "SoftBreak") and link["t"] in ("Link", "Span"):
                word = before["c"].strip("(“").rstrip(".").casefold()
                if _is_reference(link) and word in (
                    "figure",
                    "table",
                    "equation",
                    "section",
                    "chapter",
                    "fig",
                    "listing",
                ):
                    self._problem(f"'{before['c']}' before a reference", do=f"leave out '{before['c']}': it is printed")

    def _cite(self, item: Node) -> Any:
        cites = item["c"][0]
        labels = [cite["citationId"] for cite in cites]
        own = [label for label in labels if _REFERENCE.match(label)]
        for label in labels:
            if _UNSUPPORTED.match(label):
                self._problem(f"references such as @{label} are not supported", do="refer to a section or a figure")
            elif label not in own and label not in self.citations:
                self._problem(f"@{label} is not in references.bib.{nearest(label, self.citations)}")
        if not own:
            return None
        if len(own) < len(labels):
            self._problem(f"@{own[0]} stands among citations", do="write it in brackets of its own")
            return None
        inlines: list[Node] = []
        for place, cite in enumerate(cites):
            inlines += [node("Str", ","), node("Space")] if place else []
            inlines += self._reference(cite)
        return inlines

    def _reference(self, cite: dict[str, Any]) -> list[Node]:
        label = cite["citationId"]
        self.used.add(label)
        target = self.targets.get(label)
        if target is None:
            self._problem(
                f"@{label} refers to nothing.{nearest(label, self.targets)}", do="label a figure, table or heading"
            )
            return [node("Strong", [node("Str", f"?@{label}")])]  # a preview shows it
        word = None
        if cite["citationMode"]["t"] == "SuppressAuthor":
            word = ""
        elif cite["citationPrefix"]:
            word = pandoc.text(cite["citationPrefix"]).strip()
        text = [node("Str", target.text(word))] if target.number else pandoc.words(target.name)
        if self.alone and target.chapter != self.alone:
            return [node("Span", attributes("", ["reference"]), text), *cite["citationSuffix"]]
        return [node("Link", attributes("", ["reference"]), text, ["#" + label, ""]), *cite["citationSuffix"]]


def _is_reference(item: Node) -> bool:
    return item["t"] in ("Link", "Span") and "reference" in item["c"][0][1]
