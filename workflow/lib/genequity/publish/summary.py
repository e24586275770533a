"""Parts of the summary pages that are assembled from released findings and numbers. Nothing is estimated here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from genequity.publish import sentences

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
# For each part the first released number that a study has, and what it counts.
COUNTS = {
    "policy": {"policy.grade.of": "policy documents graded", "policy.documents.included": "policy documents read"},
    "evidence": {
        "evidence.studies": "studies in the evidence review",
        "evidence.identified": "records found by the search",
    },
    "survey": {"survey.respondents": "people answered the survey"},
    "service": {"service.records_analysed": "service records analysed"},
    "interviews": {"interviews.listed": "people interviewed", "interviews.analysed": "interview sources analysed"},
}
# The number printed in place of the one that decides: people who withdrew are listed and not analysed.
SHOWN = {"interviews.listed": "interviews.analysed"}
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


def scope(release: Release) -> Text:
    """Return what the report is about, for the executive summary."""
    if without_findings(release):
        return Text(
            "This report tries out how the workflow reads files of many kinds. Its data are public and have nothing to "
            "do with one another. The chapters show what was read, and what each file lacks."
        )
    return Text(
        "This study asks how people from different ethnic groups reach, experience and gain from genomic medicine. It "
        "brings together several kinds of evidence; the chapters say how each was made."
    )


def introduction(release: Release) -> Text:
    """Return the first paragraph of the introduction, and what the study asks."""
    if without_findings(release):
        return Text(
            "This report is a trial. The same workflow that reports on a study of ethnic inequities reads public files "
            "here that have nothing to do with one another. The chapters keep their form, so that readers see what "
            "each part makes of a real file. No result may be drawn from them.\n\n"
            "## What the trial asks {#sec-introduction-questions}\n\n"
            "1. Which files can each part read as they come?\n"
            "2. What does a part say when a file lacks something that it needs?"
        )
    return Text(
        "Genomic medicine is becoming part of everyday care. Whether all ethnic groups are offered it, can take it up "
        "and gain from it is a question of fairness and of science. This report brings together what documents, "
        "research, a survey, service records and people's own accounts say about it.\n\n"
        "## What the study asks {#sec-introduction-questions}\n\n"
        "1. What do policies say about ethnicity and genomic medicine, and what do they commit to?\n"
        "2. What does published research show, and who took part in it?\n"
        "3. What do professionals, patients and the public know, expect and experience?\n"
        "4. Who reaches each step of the pathway, nationally and by region?\n"
        "5. Where do these sources agree, and where is one of them silent?\n"
        "6. What should be done, by whom and by when?" + ("" if release.supplied("primary") else f"\n\n{NOT_DECLARED}")
    )


def comparisons(release: Release) -> Text:
    """Return what the headline comparisons mean, where there are any."""
    if without_findings(release):
        return Text("")
    comparator = plain(release.study["comparator"])
    return Text(
        f"All comparisons are with {comparator}, unless the sentence names another. They describe what goes together; "
        "they do not say why."
    )


def _counts(release: Release) -> list[tuple[str, str]]:
    """Return the size of each supplied part and what it counts."""
    found = []
    for strand, known in COUNTS.items():
        key = next((key for key in known if release.supplied(strand) and release.has(key)), None)
        if key:
            found.append((plain(release.number(SHOWN.get(key, key))), known[key]))
    return found


def key_numbers(release: Release) -> Text:
    """Return the sizes of the strands as a list of key numbers."""
    rows = [f"- **{number}** {what}" for number, what in _counts(release)]
    return Text("::: {.key-numbers}\n" + "\n".join(rows) + "\n:::" if rows else "")


TRIAL = "This is a trial of formats on unrelated public data. It has no findings."


NOT_DECLARED = "No primary analysis was declared for this study: none of its results was singled out beforehand."


def headlines(release: Release, most: int = 6) -> Text:
    """Return at most ``most`` headlines: primary answers first, then findings of strands that have none among them.

    Primary answers stand in the order of the declaration, findings by id: never by size, so that no group is ranked.
    """
    if without_findings(release):
        return Text(TRIAL)
    parts, free = [], most
    answered: set[str] = set()
    if release.supplied("primary"):
        asked = release.table("primary/questions")
        asked = asked[asked["headline"].astype(bool)].sort_values("place").head(most)
        lines = [f"- {plain(answer)}" for answer in asked["answer"]]
        parts += ["\n".join(["### Questions declared beforehand", "", *lines])] if lines else []
        answered, free = set(asked["strand"]), most - len(lines)
    else:
        parts.append(NOT_DECLARED)
    for strand, chosen in _shared_out(release, answered, free).items():
        found = release.findings(strand)
        lines = [f"- {plain(sentences.brief(release, row, found))}{_certainty(row.certainty)}" for row in chosen]
        parts.append("\n".join([f"### {STRANDS[strand]}", "", *lines]))
    return Text("\n\n".join(parts))


def _shared_out(release: Release, answered: set[str], free: int) -> dict[str, list]:
    """Return strand -> its headline findings: one a strand in turn, until there is room for no more."""
    waiting = {
        strand: list(sentences.first(release.findings(strand), free).itertuples())
        for strand in STRANDS
        if release.supplied(strand) and strand not in answered
    }
    chosen: dict[str, list] = {}
    turn = 0
    while free and any(len(rows) > turn for rows in waiting.values()):
        for strand, rows in waiting.items():
            if free and len(rows) > turn:
                chosen.setdefault(strand, []).append(rows[turn])
                free -= 1
        turn += 1
    return {strand: chosen[strand] for strand in STRANDS if strand in chosen}


def _certainty(certainty: str) -> str:
    return "" if certainty == "not graded" else f" Certainty: {plain(certainty)}."


def found_in_plain_words(release: Release) -> Text:
    """Return what each supplied strand found, in sentences for a reader of nine to eleven years."""
    if without_findings(release):
        return Text(TRIAL)
    lines = []
    for strand, name in STRANDS.items():
        if release.supplied(strand):
            said = sentences.plain(release, release.findings(strand))
            lines += [f"- **{name}.** {plain(' '.join(said))}"] if said else []
    opening = "**What we found.** Here is one result from each part. It shows what goes together. It does not show why."
    return Text("\n".join([opening, "", *lines]) if lines else "No finding is a headline of this study.")


def sources(release: Release) -> Text:
    """Return what the study rests on, with the size of each part."""
    rows = [f"- {number} {what}" for number, what in _counts(release)]
    return Text("\n".join(["It rests on:", "", *rows]) if rows else "")


def next_steps(release: Release) -> Text:
    """Return where to read on."""
    asked = " and what we ask people to do" if release.supplied("recommendations") else ""
    return Text(
        f"**What comes next.** The next part gives the results in brief{asked} (@sec-summary). The chapters after it "
        "say how each part was done."
    )


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
    ("survey", "Answers to questions", "Weighted shares by ethnic group"),
    ("service", "Records of care", "Rates and steps of the pathway"),
    ("interviews", "Coded transcripts", "Themes, quotations with consent"),
    ("synthesis", "Findings of all parts", "Agreement, dissonance and silence"),
    ("recommendations", "Findings and a panel", "Actions, each with one owner"),
)


def parts(release: Release) -> pd.DataFrame:
    """Return the parts of a study and whether this one has them."""
    import pandas as pd

    names = {**STRANDS, "synthesis": "Synthesis", "recommendations": "Recommendations"}
    rows = [(names[part], rests, gives, "yes" if release.supplied(part) else "no") for part, rests, gives in PARTS]
    return pd.DataFrame(rows, columns=["part", "rests_on", "gives", "supplied"])


def recommendations(release: Release) -> Text:
    """Return the recommendations at a glance, by organisation, or the sentence that there are none."""
    if not release.supplied("recommendations"):
        return Text("This study makes no recommendations.")
    from genequity.recommendations import text, trace

    register, decisions = release.table("recommendations/register"), release.table("recommendations/decisions")
    glance = text.at_a_glance(register, decisions)
    alone = glance["support"] == trace.SINGLE
    glance["title"] += alone.map({True: " (evidence from one part of the study)", False: ""})
    if len(decisions):
        split = decisions[decisions["final"].astype(bool) & decisions["disagreement"].astype(bool)]["recommendation"]
        glance["panel"] += glance["recommendation"].isin(split).map({True: ", with disagreement", False: ""})
    columns = {"recommendation": "No.", "organisation": "Addressed to", "title": "Recommendation", "by_when": "By"}
    columns |= {"panel": "Panel"} if len(decisions) else {}
    table = str(release.show(glance, columns)).partition('<p class="table-note">')[0]
    given = "measures, evidence and the panel's ratings" if len(decisions) else "measures and evidence"
    return Text(
        "@tbl-summary-recommendations sets them out by organisation. The chapter on recommendations gives "
        f"{given}.\n\n"
        f"::: {{#tbl-summary-recommendations}}\n```{{=html}}\n{table}\n```\n\n"
        "Recommendations at a glance, each to one organisation\n:::"
    )
