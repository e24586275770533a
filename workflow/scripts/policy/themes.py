"""Grades, commitments, themes by publisher and review focus. Rules: genequity.policy.grades, .themes."""


def main(
    documents: str,
    sources: str,
    segments: str,
    codebook: str,
    themes: str,
    names_file: list,
    frames_file: list,
    commitments_file: list,
    categories: str,
    grades: str,
    grade_counts: str,
    commitments: str,
    commitment_gaps: str,
    frames: str,
    frame_documents: str,
    read_stages: str,
    matrix: str,
    review_focus: str,
    excerpts: str,
    *,
    grading: dict,
    methods: dict,
    project_files: list,
    register_file: str,
) -> None:
    from genequity import identifiers, tables
    from genequity.coding import load
    from genequity.errors import raise_if
    from genequity.policy import frames as frame_rules
    from genequity.policy import grades as grade_rules
    from genequity.policy import pledges
    from genequity.policy import themes as theme_rules

    register = tables.read(documents, "policy/documents")
    stored = tables.read(segments)
    stand = stored[stored["stands"]]
    raised = {code: code for code in stand.loc[stand["theme"].notna(), "code"]}
    passages = grade_rules.texts(stand, {**raised, **grading}, dict(enumerate(project_files, 1)))
    refused = identifiers.names(names_file[0] if names_file else None)
    raise_if(identifiers.problems(passages, "an excerpt", refused, spoken=False))
    book = tables.read(codebook, "policy/codebook")
    used = set(book["theme"].dropna())
    words = load.themes(themes)
    order = [theme for theme in words["theme"] if theme in used]
    hits = register.set_index("document")["term_hits"]
    graded = grade_rules.by_document(
        register if grading else register.iloc[:0], stand, grading, hits, methods["excerpt"]
    )
    raise_if(grade_rules.unsearched(graded, register_file))
    pledged = grade_rules.commitments(register, stand, grading, methods["excerpt"])
    held = tables.read(sources)
    extracted = pledges.empty()
    if commitments_file:
        texts = dict(zip(held["source"], held["text"].fillna(""), strict=True))
        extracted = pledges.read(commitments_file[0], register, texts)
        raise_if(pledges.uncoded(pledged, extracted, stand, commitments_file[0]))
    pledged = pledges.joined(pledged, extracted, stand)
    known, set_against = frame_rules.categories(categories), frame_rules.empty()
    if frames_file:
        set_against = frame_rules.read(frames_file[0], list(book["code"]), "the codebook", known)
    per_document = frame_rules.by_document(register, stand, set_against)
    coded = int(((register["status"] == "included") & register["coded"]).sum())
    by_publisher = load.labelled(theme_rules.matrix(register, stand, order), words)
    tables.write(graded, grades, "policy/grades")
    tables.write(grade_rules.by_publisher(graded), grade_counts, "policy/grade_counts")
    tables.write(pledged, commitments, "policy/commitments")
    tables.write(pledges.gaps(pledged), commitment_gaps, "policy/commitment_gaps")
    tables.write(frame_rules.matrix(per_document, set_against, coded, known), frames, "policy/frames")
    tables.write(per_document, frame_documents, "policy/frame_documents")
    focus = theme_rules.review_focus(by_publisher, methods["focus"])
    done = frame_rules.done(register, stored, pledged, set_against, focus)
    tables.write(frame_rules.stages(done), read_stages, "policy/read_stages")
    tables.write(by_publisher, matrix, "policy/matrix")
    tables.write(focus, review_focus, "policy/review_focus")
    shown = theme_rules.excerpts(register, stand, order, methods["excerpt"])
    tables.write(shown, excerpts, "policy/excerpts")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
