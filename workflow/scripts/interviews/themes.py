"""Framework matrix, prevalence by participant, what goes together, saturation, sampling frame, checklists."""


def main(
    cases: str,
    segments: str,
    sources: str,
    codebook: str,
    themes: str,
    participants_file: list,
    summaries_file: list,
    program_summaries: str,
    frame_file: list,
    names_file: list,
    matrix: str,
    matrix_html: str,
    matrix_xlsx: str,
    matrix_docx: str,
    prevalence: str,
    framework: str,
    characteristics: str,
    events: str,
    cooccurrence: str,
    cooccurrence_codes: str,
    saturation: str,
    saturation_rule: str,
    sampling: str,
    reporting: str,
    choices: str,
    *,
    methods: dict,
    attributes: list,
    reported: dict,
    profile: str,
    seed: int,
    watermark: str,
    title: str,
) -> None:
    from genequity import authored, identifiers, release, seeds, tables
    from genequity.coding import load
    from genequity.errors import raise_if
    from genequity.interviews import cases as casework
    from genequity.interviews import checklists, speakers, summaries
    from genequity.interviews import cooccurrence as pairs
    from genequity.interviews import matrix as framed
    from genequity.interviews import matrix_html as page
    from genequity.interviews import matrix_office as office
    from genequity.interviews import methods as method_rules
    from genequity.interviews import sampling as plan
    from genequity.interviews import saturation as rounds

    stored, everyone, texts = tables.read(segments), tables.read(cases), tables.read(sources)
    stand = stored[stored["stands"]]
    by_person = speakers.by_case(stand.assign(session=stand["source"]))
    by_person = by_person[by_person["source"].isin(everyone["case"])]
    words = load.themes(themes)
    order = load.stored_order(tables.read(codebook, "interviews/codebook"), words)
    labels = dict(zip(words["theme"], words["label"])) | {t: t for t in order if t not in set(words["theme"])}
    rule = release.profile(profile)
    people, own, frame, names = (
        paths[0] if paths else None for paths in (participants_file, summaries_file, frame_file, names_file)
    )

    everybody = authored.read(people, ["participant"])["participant"] if people else everyone["case"]
    written = summaries.read(own, everybody, [*everyone["role"], casework.ALL], labels)
    refused = identifiers.names(names)
    raise_if(identifiers.problems(summaries.texts(written, str(own)), "a summary", refused, spoken=True))
    noted = summaries.of_programs(tables.read(program_summaries))
    place = [
        (f"the coding programs' matrices, cell {at}", "summary", 0, text) for at, text in enumerate(noted["summary"], 1)
    ]
    raise_if(identifiers.problems(place, "a summary", refused, spoken=True))
    written = summaries.together(written, noted)
    whole = framed.build(everyone, by_person, {theme: labels[theme] for theme in order}, written, watermark)
    tables.write(framed.long(whole), matrix)
    page.write(whole, matrix_html, f"{title}: framework matrix")
    office.write_workbook(whole, matrix_xlsx, f"{title}: framework matrix")
    office.write_document(whole, matrix_docx, f"{title}: framework matrix")

    long = casework.framework(everyone, by_person, order)
    shown = casework.prevalence(long, rule)
    tables.write(load.labelled(shown, words), prevalence, "interviews/prevalence")
    tables.write(load.labelled(casework.by_group(long, rule), words), framework, "interviews/framework")
    more = casework.by_characteristic(long, everyone, shown, rule)
    tables.write(load.labelled(more, words), characteristics, "interviews/characteristics")
    tables.write(load.labelled(casework.by_event(stand, order), words), events, "interviews/events")

    held = pairs.table(by_person, texts, "theme", order)
    told = pairs.protected(held, rule)
    told = told.assign(first=told["first"].map(labels), second=told["second"].map(labels))
    tables.write(told, cooccurrence, "interviews/cooccurrence")
    codes = sorted(set(by_person["code"]))
    tables.write(pairs.table(by_person, texts, "code", codes), cooccurrence_codes)

    curve, rules = rounds.off()
    if method_rules.allows(methods, "saturation"):
        found = rounds.incidence(by_person, rounds.in_order(everyone))
        chance = seeds.generator(seed, "interviews_saturation")
        curve = rounds.curve(found, methods["level"], chance)
        rules = rounds.by_rule(found, **rounds.settings(methods))
    tables.write(curve, saturation, "interviews/saturation")
    tables.write(rules, saturation_rule, "interviews/saturation_rule")

    planned = plan.read(frame, attributes)
    reached = plan.protected(plan.achieved(planned, everyone), planned, everyone, rule)
    tables.write(reached, sampling, "interviews/sampling")
    tables.write(method_rules.choices(methods), choices, "interviews/choices")
    facts = method_rules.facts(methods, everyone, framed=planned is not None)
    tables.write(checklists.filled(reported, facts), reporting, "interviews/reporting")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
