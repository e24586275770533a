"""What changed since an earlier build: findings, pairs of strands whose code flipped, recommendations.

Both builds are public, so their difference must not tell of a few people. A change in a strand about people is shown
only where the released number of people behind it moved by at least the threshold of the release profile; the others
are held back and counted. Where the number did not move, a new method cannot be told apart from a few other people, and
the change is held back too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity.errors import Problem, raise_if

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

TABLES = ("synthesis/register", "synthesis/convergence", "recommendations/register", "recommendations/decisions")
NEEDED = TABLES[:2]
ABOUT_PEOPLE = ("survey", "service", "interviews")
COLUMNS = ["kind", "item", "change", "strand", "before", "after", "detail", "held"]
COUNTED = ["kind", "change", "shown", "held"]
KINDS = {"finding": "Findings", "pair": "Pairs of strands", "recommendation": "Recommendations"}
WATCHED = ("statement", "estimate", "ci_low", "ci_high", "direction", "certainty")


def read(folder: str | Path, setting: str = "synthesis.inputs.earlier") -> dict[str, pd.DataFrame]:
    """Read the tables of a build that are compared.

    Parameters
    ----------
    folder : str or Path
        A build's ``results/release``.

    Raises
    ------
    InputError
        If it is no such folder.
    """
    import pandas as pd

    from genequity.files import find_table

    found = {name: find_table(folder, name) for name in TABLES}
    raise_if(
        Problem(
            str(folder),
            f"holds no released table {name}",
            where=setting,
            do="name results/release/study.json of an earlier build, or null",
        )
        for name in NEEDED
        if not found[name].is_file()
    )
    return {name: pd.read_csv(path, dtype=str, keep_default_na=False) for name, path in found.items() if path.is_file()}


def compare(now: Mapping[str, pd.DataFrame], before: Mapping[str, pd.DataFrame], least: int) -> pd.DataFrame:
    """Compare two builds.

    Parameters
    ----------
    now, before : mapping
        :func:`read` of either build: text.
    least : int
        Least number of people by which a change must rest on others; 0 where no small-number rule applies.

    Returns
    -------
    pandas.DataFrame
        One row a thing that differs: :data:`COLUMNS`. ``held`` marks what the public page does not show.
    """
    import pandas as pd

    rows = _findings(now["synthesis/register"], before["synthesis/register"], least)
    held = {row["item"]: row["change"] for row in rows if row["held"]}
    rows += _pairs(now, before, held)
    rows += _recommendations(now, before, held)
    return pd.DataFrame(rows, columns=COLUMNS).astype({"held": bool})


def counts(changes: pd.DataFrame) -> pd.DataFrame:
    """Count the changes of each kind that are shown and held back: :data:`COUNTED`."""
    import pandas as pd

    grouped = changes.groupby(["kind", "change"], sort=True)["held"]
    rows = [[*key, int((~held).sum()), int(held.sum())] for key, held in grouped]
    return pd.DataFrame(rows, columns=COUNTED)


def _both(now: pd.DataFrame, before: pd.DataFrame, key: list[str]):
    """Yield (key, row before, row now) of everything in either table; a row that is not there is None."""
    sides = [{tuple(row[k] for k in key): row for row in frame.to_dict("records")} for frame in (before, now)]
    for place in sorted({*sides[0], *sides[1]}):
        yield place, sides[0].get(place), sides[1].get(place)


def _change(old: dict | None, new: dict | None) -> str:
    return "added" if old is None else "gone" if new is None else "changed"


def _findings(now: pd.DataFrame, before: pd.DataFrame, least: int) -> list[dict[str, Any]]:
    rows = []
    for (identifier,), old, new in _both(now, before, ["id"]):
        if old and new and all(old.get(column) == new.get(column) for column in WATCHED):
            continue
        known = new or old
        rows.append(
            {
                "kind": "finding",
                "item": identifier,
                "change": _change(old, new),
                "strand": known["strand"],
                "before": old["statement"] if old else "",
                "after": new["statement"] if new else "",
                "detail": _detail(old, new),
                "held": known["strand"] in ABOUT_PEOPLE and _few(old, new, least),
            }
        )
    return rows


def _few(old: dict | None, new: dict | None, least: int) -> bool:
    """Whether the released numbers of people moved by fewer than the threshold, or cannot say."""
    if not least:
        return False
    numbers = [float(row["n"]) if row and row.get("n") else None for row in (old, new)]
    if old is not None and new is not None:
        return None in numbers or abs(numbers[1] - numbers[0]) < least
    there = numbers[0] if new is None else numbers[1]
    return there is None or there < least


def _detail(old: dict | None, new: dict | None) -> str:
    if old is None or new is None:
        return ""
    said = []
    if old["direction"] != new["direction"]:
        said.append(f"direction from {_words(old['direction'])} to {_words(new['direction'])}")
    ends = [row[name] for row in (old, new) for name in ("ci_low", "ci_high")]
    if all(ends):
        low_a, high_a, low_b, high_b = map(float, ends)
        said.append("intervals overlap" if low_a <= high_b and low_b <= high_a else "intervals do not overlap")
    if old["certainty"] != new["certainty"]:
        said.append(f"certainty from {old['certainty']} to {new['certainty']}")
    return "; ".join(said)


def _words(text: str) -> str:
    return text.replace("_", " ")


def _pairs(now: Mapping, before: Mapping, held: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the pairs whose code of meaning flipped; held where a finding behind either strand is."""
    quiet = {
        (row["theme"], row["strand"])
        for side in (now, before)
        for row in side["synthesis/register"].to_dict("records")
        if row["id"] in held
    }
    rows = []
    tables = [side["synthesis/convergence"] for side in (now, before)]
    for key, old, new in _both(*tables, ["theme", "strand_a", "strand_b"]):
        codes = [row["code"] if row else "not coded" for row in (old, new)]
        if codes[0] == codes[1]:
            continue
        theme, *strands = key
        rows.append(
            {
                "kind": "pair",
                "item": "; ".join(key),
                "change": _change(old, new),
                "strand": "; ".join(strands),
                "before": codes[0],
                "after": codes[1],
                "detail": (new or old)["label"],
                "held": any((theme, strand) in quiet for strand in strands),
            }
        )
    return rows


def _recommendations(now: Mapping, before: Mapping, held: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the recommendations that came, went, changed in text or support, or that the panel decided otherwise.

    One that cites a finding no more, or anew, is held back where that finding itself went or came and is held back.
    """
    empty = {"recommendations/register", "recommendations/decisions"} - set(now) & set(before)
    if empty:
        return []
    rows = []
    turned = _turned(now["synthesis/register"], before["synthesis/register"])
    finals = [_final(side["recommendations/decisions"]) for side in (before, now)]
    registers = [side["recommendations/register"] for side in (now, before)]
    for (identifier,), old, new in _both(*registers, ["recommendation"]):
        said: list[str] = []
        if old and new:
            said += _support(old, new)
            asked = [[row[name] for name in ("organisation", "action", "what", "by_when")] for row in (old, new)]
            said += ["text, owner or date changed"] if asked[0] != asked[1] else []
        (round_a, old_word), (round_b, new_word) = (final.get(identifier, ("", "")) for final in finals)
        decided = old_word != new_word
        said += [f"panel from {old_word or 'no decision'} to {new_word or 'no decision'}"] if decided else []
        cites = [{name for name in row["evidence"].split("; ") if name} if row else set() for row in (old, new)]
        cited, moved = cites[0] | cites[1], cites[0] ^ cites[1]
        if old and new:
            said += [text for name, text in sorted(turned.items()) if name in cited and name not in held]
            if not said:
                continue
        rests_on_held = any(held.get(name) in ("added", "gone") for name in moved)
        rows.append(
            {
                "kind": "recommendation",
                "item": identifier,
                "change": _change(old, new),
                "strand": "",
                "before": old["title"] if old else "",
                "after": new["title"] if new else "",
                "detail": "; ".join(said),
                # The same round with another decision rests on a few votes more or less.
                "held": rests_on_held or (decided and round_a == round_b and round_a != ""),
            }
        )
    return rows


def _turned(now: pd.DataFrame, before: pd.DataFrame) -> dict[str, str]:
    """Return finding -> how its direction or certainty changed."""
    found = {}
    for (identifier,), old, new in _both(now, before, ["id"]):
        if old and new and (old["direction"], old["certainty"]) != (new["direction"], new["certainty"]):
            kinds = [name for name in ("direction", "certainty") if old[name] != new[name]]
            said = ", ".join(f"{name} from {_words(old[name])} to {_words(new[name])}" for name in kinds)
            found[identifier] = f"support changed: {identifier}, {said}"
    return found


def _support(old: dict, new: dict) -> list[str]:
    cited = [set(filter(None, row["evidence"].split("; "))) for row in (old, new)]
    said = []
    if cited[1] - cited[0]:
        said.append(f"support grew by {_findings_in_words(len(cited[1] - cited[0]))}")
    if cited[0] - cited[1]:
        said.append(f"support fell by {_findings_in_words(len(cited[0] - cited[1]))}")
    if old["n_strands"] != new["n_strands"]:
        word = "grew" if int(new["n_strands"]) > int(old["n_strands"]) else "fell"
        said.append(f"support {word} from {old['n_strands']} to {new['n_strands']} strands")
    return said


def _findings_in_words(number: int) -> str:
    return "1 finding" if number == 1 else f"{number} findings"


def _final(decisions: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return recommendation -> round and decision of its last round."""
    final = decisions[decisions["final"].str.lower() == "true"]
    return {row["recommendation"]: (row["round"], row["decision"]) for row in final.to_dict("records")}


def page(release: Release, study: Mapping[str, Any], earlier: Mapping[str, Any], path: str) -> None:
    """Write the public page of changes as HTML.

    Parameters
    ----------
    release : Release
        With the tables ``synthesis/changes`` and ``synthesis/change_counts``.
    study, earlier : mapping
        ``study.json`` of this build and of the earlier one.
    path : str
        The file.
    """
    from genequity.publish import sheet

    changes, counted = release.table("synthesis/changes"), release.table("synthesis/change_counts")
    labels = {"kind": "What", "change": "Change", "shown": "Shown", "held": "Held back"}
    table = release.show(counted.assign(kind=counted["kind"].map(KINDS)), labels, row_headers=2)
    parts = [
        f"This page compares this build with version {earlier['version']} of {earlier['date']}. A change in findings "
        "about people is shown only where the number of people behind it moved by at least the threshold of the "
        "small-number rule.",
        sheet.table(str(table)) if len(counted) else "Nothing changed.",
    ]
    heads = {"item": "Which", "change": "Change", "before": "Before", "after": "Now", "detail": "How"}
    for kind, title in KINDS.items():
        mine = changes[changes["kind"] == kind].fillna("")
        if len(mine):
            parts.append(f"## {title}\n{sheet.table(str(release.show(mine, heads)))}")
    made = sheet.document("\n\n".join(parts), study, name="what changed", title="What changed")
    sheet.write(made, {"html": path}, paper="landscape")
