"""The demonstration's evidence synthesis: exports of three databases, decisions of three reviewers, extraction tables.

All bibliographic facts are invented and look it: numbered titles, "Placeholder Journal", DOIs under 10.5555. What is
planted stands in truth.yaml: overlap of the databases, look-alikes that must not merge, conflicts, effects.
"""

import numpy as np
from scipy import stats

SUBJECTS = ["referral", "test uptake", "consent", "interpreter use", "family communication", "reporting", "counselling"]
SETTINGS = ["cardiac clinics", "cancer services", "neurology", "maternity care", "primary care", "paediatric wards"]
DESIGNS = ["placeholder cohort", "placeholder survey", "placeholder audit", "placeholder interview study"]
JOURNALS = {
    "Placeholder Journal of Genomic Services": "Placeholder J Genomic Serv",
    "Placeholder Journal of Clinical Studies": "Placeholder J Clin Stud",
    "Placeholder Journal of Public Participation": "Placeholder J Public Particip",
    "Placeholder Archives of Health Records": "Placeholder Arch Health Rec",
}
JOURNAL_NAMES = list(JOURNALS)
REVIEWERS = ("Reviewer A", "Reviewer B")
ASSIGNED = ["self-reported", "health record", "name algorithm"]
ADJUDICATOR = "Reviewer C"
COMPARATOR = "White"
THEMES = [
    "language",
    "translation",
    "training",
    "cultural_sensitivity",
    "trust",
    "data_use",
    "representation",
    "access",
]


def works(truth: dict, rng: np.random.Generator) -> list[dict]:
    """Return the works with the databases they stand in, look-alikes included, in a fixed order."""
    placed = [where for where, n in truth["overlap"].items() for _ in range(n)]
    found = []
    for number, where in enumerate(placed, start=1):
        first = int(rng.integers(1, 900))
        found.append(
            {
                "number": number,
                "where": where,
                "kind": "paper",
                "title": f"Synthetic study {number:03d} of {SUBJECTS[number % 7]} in {SETTINGS[number % 6]}: "
                f"a {DESIGNS[number % 4]}",
                "authors": [f"Author-{_letters(number)}{x}, {x}." for x in "ABC"],
                "year": int(rng.integers(2008, 2025)),
                "journal": JOURNAL_NAMES[number % 4],
                "volume": int(rng.integers(1, 60)),
                "issue": int(rng.integers(1, 13)),
                "first": first,
                "last": first + int(rng.integers(4, 14)),
                "doi": f"10.5555/synthetic.{number:03d}",
            }
        )
    _plant_look_alikes({w["number"]: w for w in found}, truth["overlap"])
    return found


def _letters(number: int) -> str:
    return chr(65 + number // 26 % 26) + chr(65 + number % 26)


def _plant_look_alikes(by_number: dict[int, dict], overlap: dict[str, int]) -> None:
    """Turn some works of one database only into look-alikes of works that all three hold (or of each other)."""
    start = {}
    total = 0
    for where, n in overlap.items():
        start[where] = total + 1
        total += n

    def alike(where: str, place: int, of: int, kind: str, **changes) -> None:
        number = start[where] + place
        own = by_number[number]
        source = by_number[of]
        own.update({k: source[k] for k in ("title", "authors", "year", "journal", "volume")})
        own.update({"kind": kind, "of": of, **changes})

    first = start["ABC"]
    alike("B", 0, first, "erratum", title=f"Erratum: {by_number[first]['title']}", issue=12)
    alike("B", 1, first + 1, "conference abstract", journal="Placeholder Congress Abstracts", volume=1)
    alike("B", 2, first + 2, "reply", title=f"Reply to: {by_number[first + 2]['title']}")
    part = by_number[start["A"]]
    part["title"] = part["title"].replace(":", ", part I:")
    alike("A", 1, start["A"], "part", title=part["title"].replace("part I", "part II"))
    editorial = {"title": "Editorial", "volume": 9, "issue": 1, "first": 1, "last": 2, "year": 2019}
    by_number[start["B"] + 3].update({**editorial, "kind": "editorial", "journal": JOURNAL_NAMES[0]})
    by_number[start["C"]].update({**editorial, "kind": "editorial", "journal": JOURNAL_NAMES[1]})
    alike("C", 1, first + 3, "preprint", journal="", volume="", issue="", first="", last="")


def nbib(works_: list[dict]) -> str:
    """Database A: MEDLINE text as PubMed exports it, with wrapped lines."""
    records = []
    for w in works_:
        head = f"Synthetic study {w['number']:03d}" if w["kind"] == "paper" else ""
        title = w["title"] + "."
        cut = title.rfind(" ", 0, 70)
        lines = [
            f"PMID- 999{w['number']:05d}",
            "OWN - NLM",
            "STAT- MEDLINE",
            f"VI  - {w['volume']}",
            f"IP  - {w['issue']}",
            f"DP  - {w['year']} Jan",
            f"TI  - {title[:cut]}" if cut > 0 else f"TI  - {title}",
            *([f"      {title[cut + 1 :]}"] if cut > 0 else []),
            f"PG  - {w['first']}-{_short(w['first'], w['last'])}",
            f"LID - {w['doi']} [doi]",
            f"AB  - Placeholder abstract. {head}".rstrip(),
            *[f"FAU - {author}" for author in w["authors"]],
            "LA  - eng",
            "PT  - Journal Article",
            f"TA  - {JOURNALS.get(w['journal'], w['journal'])}",
            f"JT  - {w['journal']}",
            f"AID - {w['doi']} [doi]",
        ]
        records.append("\n".join(lines))
    return "\n\n".join(records) + "\n"


def _short(first: int, last: int) -> str:
    """Last page as MEDLINE writes it: 147-9."""
    a, b = str(first), str(last)
    if len(a) != len(b):
        return b
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y), len(a) - 1)
    return b[same:]


def ris_ovid(works_: list[dict]) -> str:
    """Database B: RIS in the Ovid dialect, numbered between records, upper-case titles now and then."""
    records = []
    for place, w in enumerate(works_, start=1):
        title = w["title"].upper() if place % 11 == 0 else w["title"] + "."
        meeting = w["kind"] == "conference abstract"
        lines = [
            f"{place}. ",
            "TY  - JOUR",
            f"ID  - SYN-B-{w['number']:05d}",
            f"T1  - {title}",
            *[f"A1  - {author}" for author in w["authors"]],
            f"Y1  - {w['year'] + (place % 9 == 0)}//",
            f"N2  - Placeholder abstract of record {place}.",
            f"M3  - {'Conference Abstract' if meeting else 'Erratum' if w['kind'] == 'erratum' else 'Article'}",
            f"JF  - {w['journal']}",
            f"VL  - {w['volume']}",
            f"IS  - {w['issue']}",
            f"SP  - {w['first']}-{w['last']}",
            *([] if place % 7 == 0 and w["kind"] == "paper" else [f"DO  - https://dx.doi.org/{w['doi']}"]),
            "ER  - ",
            "",
        ]
        records.append("\n".join(lines))
    return "\n".join(records)


def ris_plain(works_: list[dict]) -> str:
    """Database C: RIS with a byte-order mark, abbreviated journals, article numbers for some pages."""
    records = []
    for place, w in enumerate(works_, start=1):
        preprint = w["kind"] == "preprint"
        lines = [f"TY  - {'GEN' if preprint else 'JOUR'}", *[f"AU  - {author}" for author in w["authors"]]]
        lines += [f"TI  - {w['title'].replace(' of ', ' of the ', 1) if place % 13 == 0 else w['title']}"]
        lines += [f"PY  - {w['year']}"]
        if not preprint:
            lines += [
                f"T2  - {JOURNALS.get(w['journal'], w['journal'])}",
                f"VL  - {w['volume']}",
                f"IS  - {w['issue']}",
            ]
            pages = [f"SP  - {w['first']}", f"EP  - {w['last']}"]
            lines += [f"C7  - e{w['number']:05d}"] if place % 8 == 0 and w["kind"] == "paper" else pages
        lines += [] if place % 10 == 0 and w["kind"] == "paper" else [f"DO  - {w['doi']}"]
        lines += [f"AB  - Placeholder abstract of record {place}.", "DB  - Database C", "ER  - "]
        records.append("\r\n".join(lines))
    return "\ufeff" + "\r\n\r\n".join(records) + "\r\n"


def exports(works_: list[dict], rng: np.random.Generator) -> dict[str, tuple[int, str]]:
    """Return {database: (hits, text of its export)}, each in an order of its own."""
    written = {}
    for letter, write in (("A", nbib), ("B", ris_ovid), ("C", ris_plain)):
        held = [w for w in works_ if letter in w["where"]]
        order = rng.permutation(len(held))
        written[f"Database {letter}"] = (len(held), write([held[i] for i in order]))
    return written


def fates(works_: list[dict], truth: dict, rng: np.random.Generator) -> dict[int, str]:
    """Say for each work whether it passes: "exclude", "not retrieved", a reason of exclusion, "include", or "open"."""
    plan = truth["screening"]
    paired = [w["number"] for w in works_ if w["kind"] in ("conference abstract", "part")]
    paired += [w["of"] for w in works_ if w["kind"] in ("conference abstract", "part")]
    papers = [w["number"] for w in works_ if w["kind"] == "paper" and w["number"] not in paired]
    order = [int(n) for n in rng.permutation(papers)]
    chosen = paired + order[: plan["reports"] - len(paired)]
    rest = order[plan["reports"] - len(paired) :]
    fate = dict.fromkeys(chosen, "include")
    wanted = ["not retrieved"] * plan["not_retrieved"]
    wanted += [reason for reason, n in plan["excluded"].items() for _ in range(n)]
    fate |= dict(zip(rest, wanted, strict=False))
    rest = rest[len(wanted) :]
    fate |= dict.fromkeys(rest[: plan["open_conflicts"]], "open")
    return {w["number"]: fate.get(w["number"], "exclude") for w in works_}


def decisions(works_: list[dict], fate: dict[int, str], truth: dict, rng: np.random.Generator) -> list[dict]:
    """Return the reviewers' decisions, identified by title and DOI as a screening tool exports them."""
    settled = truth["screening"]["conflicts"] - truth["screening"]["open_conflicts"]
    passing = [n for n, f in fate.items() if f not in ("exclude", "open")]
    failing = [n for n, f in fate.items() if f == "exclude"]
    disputed = set(rng.permutation(passing)[:4].tolist()) | set(rng.permutation(failing)[: settled - 4].tolist())
    rows = []
    for w in works_:
        number, final = w["number"], fate[w["number"]]
        passed = "exclude" if final == "exclude" else "include"
        differ = final == "open" or number in disputed
        votes = [passed, {"include": "exclude", "exclude": "maybe"}[passed]] if differ else [passed, passed]
        votes = votes[::-1] if number % 2 else votes
        base = {"title": w["title"], "doi": w["doi"], "stage": "title and abstract", "reason": ""}
        rows += [{**base, "reviewer": r, "decision": v} for r, v in zip(REVIEWERS, votes, strict=True)]
        if number in disputed:
            rows.append({**base, "reviewer": ADJUDICATOR, "decision": passed})
        if final in ("exclude", "open"):
            continue
        full = final if final in ("include", "not retrieved") else "exclude"
        reason = final if full == "exclude" else ""
        full_base = {**base, "stage": "full text", "decision": full, "reason": reason}
        rows += [{**full_base, "reviewer": r} for r in REVIEWERS]
    return rows


def studies(works_: list[dict], fate: dict[int, str], truth: dict, rng: np.random.Generator) -> list[dict]:
    """Return one row a report; reports of one study share its name."""
    rows: list[dict] = []
    most = max(plan["k"] for plan in truth["effects"])
    for w in works_:
        if fate[w["number"]] != "include":
            continue
        name = f"Synthetic study {w.get('of', w['number']):03d}"
        own = set(rng.choice(THEMES, size=int(rng.integers(1, 4)), replace=False).tolist())
        if len({row["study"] for row in rows} | {name}) <= most:
            own.add("access")  # the outcomes of the effect table belong to this theme
        rows.append(
            {
                "study": name,
                "record": "",
                "doi": w["doi"],
                "title": w["title"],
                "year": w["year"],
                "country": "Fictional area",
                "design": DESIGNS[w["number"] % 4].removeprefix("placeholder "),
                "setting": SETTINGS[w["number"] % 6],
                "participants": int(rng.integers(300, 2500)),
                "how_ethnicity_assigned": ASSIGNED[w["number"] % 3],
                "themes": "; ".join(sorted(own)),
            }
        )
    return rows


def effects(assigned: dict[str, str], truth: dict, rng: np.random.Generator) -> list[dict]:
    """Return the effect table.

    `assigned` names the studies and how they assigned ethnicity. Study effects lie at the quantiles of the planted
    distribution, in random order. Each study's estimate is drawn with the variance that pooling assumes, tau² + vi, so
    that the planted tau² can be found again with few studies.
    """
    rows, names = [], list(assigned)
    for plan in truth["effects"]:
        k = plan["k"]
        quantiles = rng.permutation(stats.norm.ppf((np.arange(k) + 0.5) / k))
        quantiles = quantiles / np.std(quantiles, ddof=1) if k > 1 else np.zeros(k)
        for place, (study, z) in enumerate(zip(names, quantiles, strict=False)):
            write = _mean_row if plan["measure"] == "MD" else _table_row
            base = {"study": study, "outcome": plan["outcome"], "group": plan["group"], "comparator": COMPARATOR}
            base |= {
                "measure": plan["measure"],
                "how_ethnicity_assigned": assigned[study],
            }
            rows.append({**base, **write(plan, z, place, rng)})
    # An outcome whose two studies use measures that cannot be combined.
    mixed = {"outcome": "Understanding of results", "group": "Asian", "comparator": COMPARATOR, "adjusted": "no"}
    rows.append({**mixed, "study": names[0], "measure": "OR", "ai": 40, "n1i": 80, "ci": 150, "n2i": 260})
    rows.append({**mixed, "study": names[1], "measure": "SMD", "yi": -0.12, "vi": 0.02})
    return rows


def _table_row(plan: dict, z: float, place: int, rng: np.random.Generator) -> dict:
    n1, n2 = int(rng.integers(180, 420)), int(rng.integers(600, 1500))
    events = round(n2 * rng.uniform(0.45, 0.65))
    odds = events / (n2 - events)
    variance = 1 / (n1 * 0.25) + 1 / events + 1 / (n2 - events)
    y = plan["effect"] + z * np.sqrt(plan["tau2"] + variance)
    if place == 3:  # one study reports an adjusted estimate only
        half = 1.96 * np.sqrt(variance)
        est, lo, hi = (round(float(np.exp(v)), 3) for v in (y, y - half, y + half))
        return {"adjusted": "yes", "n1i": n1, "n2i": n2, "est": est, "lo": lo, "hi": hi}
    p = odds * np.exp(y) / (1 + odds * np.exp(y))
    return {"adjusted": "no", "ai": round(n1 * p), "n1i": n1, "ci": events, "n2i": n2}


def _mean_row(plan: dict, z: float, place: int, rng: np.random.Generator) -> dict:
    row = {"m1i": 46.0 + plan["effect"], "sd1i": 12.0, "n1i": 60, "m2i": 46.0, "sd2i": 11.5, "n2i": 240}
    return {"adjusted": "no", **row}


def participants(reports: list[dict], truth: dict) -> list[dict]:
    """Return participants by group: the planted shares of each study's size, rounded."""
    sizes: dict[str, int] = {}
    for row in reports:
        sizes.setdefault(row["study"], row["participants"])
    return [
        {"study": study, "group": group, "n": round(size * share)}
        for study, size in sizes.items()
        for group, share in truth["participants"].items()
    ]
