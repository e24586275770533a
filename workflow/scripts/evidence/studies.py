"""Included studies, their participants and the focus of the review. See genequity.evidence.studies."""


def main(
    reports: str,
    themes: str,
    studies: str,
    representation: str,
    focus: str,
    *,
    outcome_themes: dict,
    effects: str | None = None,
    participants: str | None = None,
    population: str | None = None,
    review_focus: str | None = None,
) -> None:
    import pandas as pd

    from genequity import tables
    from genequity.errors import raise_if
    from genequity.evidence import review
    from genequity.evidence import studies as included

    shared = review.theme_ids(themes)
    raise_if(included.theme_problems(outcome_themes, list(shared["theme"])))
    found = included.characteristics(review.text(reports))
    tables.write(found, studies, "evidence/studies")
    compared = pd.DataFrame(columns=included.REPRESENTATION_COLUMNS)
    if participants and population:
        people = included.read_participants(participants)
        if len(found):
            raise_if(included.unknown_names(people, set(found["study"]), participants))
        compared = included.representation(people, included.read_population(population))
    tables.write(compared, representation, "evidence/representation")
    single = tables.read(effects, "evidence/effects")
    counts = single["outcome"].map(outcome_themes).value_counts().to_dict()
    asked = tables.read(review_focus) if review_focus else None
    tables.write(included.focus(shared, found, counts, asked), focus, "evidence/focus")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
