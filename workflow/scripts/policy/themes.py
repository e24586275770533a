"""Grades, commitments, themes by publisher and review focus. Rules: genequity.policy.grades, .themes."""


def main(
    documents: str,
    segments: str,
    codebook: str,
    themes: str,
    names_file: list,
    grades: str,
    grade_counts: str,
    commitments: str,
    matrix: str,
    review_focus: str,
    *,
    grading: dict,
    methods: dict,
    project_files: list,
) -> None:
    from genequity import identifiers, tables
    from genequity.coding import load
    from genequity.errors import raise_if
    from genequity.policy import grades as grade_rules
    from genequity.policy import themes as theme_rules

    register = tables.read(documents, "policy/documents")
    stored = tables.read(segments)
    stand = stored[stored["stands"]]
    excerpts = grade_rules.texts(stand, grading, dict(enumerate(project_files, 1)))
    refused = identifiers.names(names_file[0] if names_file else None)
    raise_if(identifiers.problems(excerpts, "an excerpt", refused, spoken=False))
    used = set(tables.read(codebook, "policy/codebook")["theme"].dropna())
    words = load.themes(themes)
    order = [theme for theme in words["theme"] if theme in used]
    hits = register.set_index("document")["term_hits"]
    graded = grade_rules.by_document(
        register if grading else register.iloc[:0], stand, grading, hits, methods["excerpt"]
    )
    by_publisher = load.labelled(theme_rules.matrix(register, stand, order), words)
    tables.write(graded, grades, "policy/grades")
    tables.write(grade_rules.by_publisher(graded), grade_counts, "policy/grade_counts")
    tables.write(
        grade_rules.commitments(register, stand, grading, methods["excerpt"]), commitments, "policy/commitments"
    )
    tables.write(by_publisher, matrix, "policy/matrix")
    tables.write(theme_rules.review_focus(by_publisher, methods["focus"]), review_focus, "policy/review_focus")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
