"""Parts of the summary pages that are assembled from released findings and numbers. Nothing is estimated here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from genequity.publish.shared import long_date

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

STRANDS = {
    "policy": "Policy review",
    "evidence": "Evidence review",
    "survey": "Survey",
    "service": "Routine service data",
    "interviews": "Interviews and focus groups",
}
# Released number -> what it counts; those that a study has not got are left out.
COUNTS = {
    "policy.grade.of": "policy documents graded",
    "evidence.studies": "studies in the evidence review",
    "survey.respondents": "people answered the survey",
    "service.records_analysed": "service records analysed",
    "interviews.analysed": "people interviewed",
}
_SPECIAL = re.compile(r"([\\`*_\[\]<>#$@^~|{}])")


class Text(str):
    """Markdown that a notebook shows as Markdown."""

    def _repr_markdown_(self) -> str:
        return str(self)


def plain(text: object) -> str:
    """Return text with Markdown's signs escaped.

    >>> plain("a_b")
    'a\\\\_b'
    """
    return _SPECIAL.sub(r"\\\1", str(text))


def without_findings(release: Release) -> bool:
    """Whether the study declares itself a trial without findings."""
    return "no findings" in str(release.study.get("watermark", "")).casefold()


def opening(release: Release) -> Text:
    """Return the first paragraph of the plain-language summary."""
    if without_findings(release):
        words = (
            "This report tries out how files of many kinds are read. Its data are public and have nothing to do with "
            "one another. It shows that the parts work on real files. It says nothing about people or services."
        )
    else:
        words = (
            "Genomic medicine looks at a person's genes to find, treat and prevent illness. People from all ethnic "
            "groups should have the same chance to gain from it. This report asks where that is so, where it is not, "
            "and what could change."
        )
    return Text(f"::: {{.plain-language}}\n{words}\n:::")


def comparisons(release: Release) -> Text:
    """Return what the headline comparisons mean, where there are any."""
    if without_findings(release):
        return Text("")
    comparator = plain(release.study["comparator"])
    return Text(
        f"All comparisons are with {comparator}, unless the sentence names another. They describe what goes together; "
        "they do not say why."
    )


def key_numbers(release: Release) -> Text:
    """Return the sizes of the strands as a list of key numbers."""
    rows = [
        f"- **{plain(release.number(key))}** {what}"
        for key, what in COUNTS.items()
        if release.supplied(key.partition(".")[0]) and release.has(key)
    ]
    return Text("::: {.key-numbers}\n" + "\n".join(rows) + "\n:::" if rows else "")


def headlines(release: Release, most: int = 2) -> Text:
    """Return the headline findings of each supplied strand, at most ``most`` a strand.

    They stand by id, never by size, so that no group is ranked.
    """
    if without_findings(release):
        return Text("This is a trial of formats on unrelated public data. It has no findings.")
    parts = []
    for strand, name in STRANDS.items():
        if not release.supplied(strand):
            continue
        found = release.findings(strand)
        chosen = found[found["headline"]].sort_values("id").head(most)
        lines = [f"- {plain(row.statement)}{_certainty(row.certainty)}" for row in chosen.itertuples()]
        parts.append("\n".join([f"### {name}", "", *(lines or ["- No finding of this part is a headline."])]))
    return Text("\n\n".join(parts))


def _certainty(certainty: str) -> str:
    return "" if certainty == "not graded" else f" Certainty: {plain(certainty)}."


def first_headlines(release: Release) -> Text:
    """Return the shortest headline finding of each supplied strand, for the plain-language summary."""
    if without_findings(release):
        return headlines(release)
    lines = []
    for strand, name in STRANDS.items():
        if release.supplied(strand):
            found = release.findings(strand)
            statements = sorted(found.loc[found["headline"], "statement"], key=lambda text: (len(text), text))
            lines += [f"- **{name}.** {plain(text)}" for text in statements[:1]]
    return Text("\n".join(lines) or "No finding is a headline of this study.")


def sources(release: Release) -> Text:
    """Return one sentence of what the study rests on, with the size of each part."""
    parts = [
        f"{plain(release.number(key))} {what}"
        for key, what in COUNTS.items()
        if release.supplied(key.partition(".")[0]) and release.has(key)
    ]
    if not parts:
        return Text("")
    joined = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return Text(f"It rests on: {joined}.")


def left_out(release: Release) -> Text:
    """Return one sentence naming the parts that this study did not have."""
    names = {**STRANDS, "synthesis": "Synthesis", "recommendations": "Recommendations"}
    absent = [name for strand, name in names.items() if not release.supplied(strand)]
    if not absent:
        return Text("All parts of the study were supplied.")
    joined = absent[0] if len(absent) == 1 else f"{', '.join(absent[:-1])} and {absent[-1]}"
    verb, chapter = ("was", "It has") if len(absent) == 1 else ("were", "They have")
    return Text(f"{joined} {verb} not supplied to this study. {chapter} no chapter.")


PARTS = (
    ("policy", "Policy documents", "What policies say and commit to"),
    ("evidence", "Published studies", "Pooled results, and who took part"),
    ("survey", "Answers to a questionnaire", "Weighted shares by ethnic group"),
    ("service", "Records of care", "Rates and steps of the pathway"),
    ("interviews", "Coded transcripts", "Themes, with quotations where people agreed"),
    ("synthesis", "Findings of all parts", "Agreement, contradiction and silence"),
    ("recommendations", "Findings, panel, co-design", "Actions, each with one owner"),
)


def parts(release: Release) -> pd.DataFrame:
    """Return the parts of a study and whether this one has them."""
    import pandas as pd

    names = {**STRANDS, "synthesis": "Synthesis", "recommendations": "Recommendations"}
    rows = [(names[part], rests, gives, "yes" if release.supplied(part) else "no") for part, rests, gives in PARTS]
    return pd.DataFrame(rows, columns=["part", "rests_on", "gives", "supplied"])


def recommendations(release: Release) -> Text:
    """Return the register in brief: what, by whom, by when; or one row saying that there are none."""
    import pandas as pd

    columns = {"title": "Recommendation", "organisation": "Addressed to", "by_when": "By"}
    if not release.supplied("recommendations"):
        rows = pd.DataFrame([{"title": "None: not part of this study", "organisation": "–", "by_when": "–"}])
        return release.show(rows, columns)
    register = release.table("recommendations/register").sort_values("recommendation")
    register = register.assign(by_when=[long_date(str(day)) for day in register["by_when"]])
    return release.show(register, columns)


def recommendations_note(release: Release) -> Text:
    """Return the sentence that leads to the table."""
    if not release.supplied("recommendations"):
        return Text("This study makes no recommendations.")
    return Text(
        "@tbl-summary-recommendations lists them. The chapter on recommendations gives measures, evidence and ratings."
    )
