"""What goes back to people after a round: a sheet for each panellist, and the comments for the coding engine.

Both stay in the restricted folder. A sheet holds one panellist's own scores beside the panel's, and the comments of
others without their names; it is for that panellist alone. The comments leave as a REFI-QDA project with the study's
themes as its codebook: any program of the trade opens it, and what is coded there comes back as a project of the
interviews strand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from genequity import files
from genequity.numbers import say
from genequity.recommendations import consensus

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SCALE = range(1, 10)
TITLE = "Your ratings beside the panel's"
STYLE = """
body { font: 1rem/1.5 "Noto Sans", "Segoe UI", Arial, sans-serif; color: #1c2b33; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; color: #12384f; } h2 { font-size: 1.1rem; color: #12384f; margin: 2rem 0 0.25rem; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; table-layout: fixed; }
caption { text-align: left; padding-bottom: 0.25rem; }
th, td { border: 1px solid #ccd5dc; padding: 0.25rem; text-align: center; vertical-align: middle; }
th:first-child { text-align: left; width: 7rem; }
td.own { background: #12384f; color: #fff; font-weight: 700; }
.mark { font-weight: 700; color: #8a1c1c; }
"""


def sheets(votes: pd.DataFrame, of_items: pd.DataFrame, folder: str, watermark: str, rng: np.random.Generator) -> None:
    """Write one HTML sheet a panellist: own score, the panel's scores, and comments, for each item.

    Parameters
    ----------
    votes, of_items : pandas.DataFrame
        As read.
    folder : str
        Restricted; one file for each panellist who voted.
    watermark : str
        Printed at the top; blank for none.
    rng : numpy.random.Generator
        Shuffles comments, so that their order says nothing of who wrote them.
    """
    import pandas as pd

    Path(folder).mkdir(parents=True, exist_ok=True)
    shown = []
    for entry in of_items.sort_values(["item", "round"]).to_dict("records"):
        mine = votes[(votes["item"] == entry["item"]) & (votes["round"] == entry["round"])]
        scores = {
            name: None if pd.isna(rating) else int(rating)
            for name, rating in zip(mine["panellist"], mine["rating"], strict=True)
        }
        shown.append((entry, scores, _comments(mine, rng)))
    everyone = sorted(votes["panellist"].unique())
    for panellist, name in zip(everyone, file_names(everyone), strict=True):
        parts = [part for entry, scores, said in shown for part in _item(entry, scores, said, panellist)]
        mark = f'<p class="mark">{escape(watermark)}</p>' if watermark else ""
        page = (
            f'<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{TITLE}</title>'
            f"<style>{STYLE}</style></head><body><main>{mark}<h1>{TITLE}</h1>"
            f"<p>For panellist {escape(panellist)} alone. Ratings go from 1 to 9; your own is marked.</p>"
            f"{''.join(parts)}</main></body></html>\n"
        )
        files.write_text(Path(folder) / f"{name}.html", page)


def file_names(panellists: Iterable[str]) -> list[str]:
    """Return a name of a file for each panellist, whatever signs the study's own names hold; no two are alike.

    >>> file_names(["P01", "P/2", "P 2", "p-2"])
    ['P01', 'P-2', 'P-2-2', 'p-2-3']
    """
    names: dict[str, str] = {}
    for panellist in panellists:
        plain = re.sub(r"[^\w.@+-]+", "-", panellist).lstrip(".") or "-"
        name, number = plain, 1
        while name.casefold() in names:
            number += 1
            name = f"{plain}-{number}"
        names[name.casefold()] = name
    return list(names.values())


def _comments(mine: pd.DataFrame, rng: np.random.Generator) -> list[tuple[str, str]]:
    said = mine[mine["comment"].fillna("").str.strip() != ""]
    return [(row["panellist"], row["comment"]) for row in said.iloc[rng.permutation(len(said))].to_dict("records")]


def _item(entry: dict, scores: dict[str, int | None], said: list[tuple[str, str]], panellist: str) -> Iterator[str]:
    if panellist not in scores:
        return
    rated = [score for score in scores.values() if score is not None]
    score = scores[panellist]
    told = "You were unable to rate it." if score is None else f"You rated it {score}."
    cells = [(number, "own" if number == score else "") for number in SCALE]
    head = "".join(f'<th scope="col">{number}</th>' for number in SCALE)
    row = "".join(
        f'<td class="{kind}">{rated.count(number)}{" (yours)" if kind else ""}</td>' for number, kind in cells
    )
    middle = f"Median of the panel: {say(consensus.percentile(rated, 0.5), decimals=1)}." if rated else ""
    yield f"<h2>{escape(entry['item'])}, round {entry['round']}</h2><p>{escape(entry['wording'])}</p>"
    yield f"<table><caption>{told} {middle} n = {len(rated)}.</caption><thead><tr><th scope='col'>Rating</th>{head}"
    yield f"</tr></thead><tbody><tr><th scope='row'>Panellists</th>{row}</tr></tbody></table>"
    others = [words for who, words in said if who != panellist]
    if others:
        yield "<p>Comments of others:</p><ul>" + "".join(f"<li>{escape(words)}</li>" for words in others) + "</ul>"


def for_coding(votes: pd.DataFrame, of_members: pd.DataFrame, themes: pd.DataFrame, path: str, name: str) -> None:
    """Write the comments as a REFI-QDA project without codings.

    Parameters
    ----------
    votes, of_members : pandas.DataFrame
        As read.
    themes : pandas.DataFrame
        ``theme, label, definition``: the codebook to begin with.
    path : str
        The ``.qdpx`` file, restricted.
    name : str
        Name of the project.
    """
    import pandas as pd

    from genequity.coding import writer
    from genequity.coding.project import Project

    said = votes[votes["comment"].fillna("").str.strip() != ""].sort_values(["item", "round", "panellist"])
    said = said.assign(source=[f"{row.item} round {row.round} {row.panellist}" for row in said.itertuples()])
    side = of_members.set_index("panellist")["stakeholder_group"]
    who = said["panellist"].drop_duplicates()
    writer.write(
        Project(
            name=name,
            origin="genequity",
            codes=pd.DataFrame({"code": themes["theme"], "description": themes["definition"], "colour": ""}),
            sources=pd.DataFrame(
                {"source": said["source"], "text": [" ".join(text.split()) for text in said["comment"]]}
            ).assign(repaired=0, proof=""),
            cases=pd.DataFrame({"case": said["panellist"], "source": said["source"]}),
            variables=pd.DataFrame(
                {"case": who, "variable": "stakeholder_group", "type": "Text", "value": who.map(side)}
            ),
        ),
        path,
    )
