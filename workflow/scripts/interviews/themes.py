"""Framework matrix and theme prevalence by participant. Rules: genequity.interviews.cases."""


def main(
    cases: str,
    segments: str,
    codebook: str,
    themes: str,
    matrix: str,
    prevalence: str,
    framework: str,
    *,
    profile: str,
) -> None:
    from genequity import release, tables
    from genequity.coding import load
    from genequity.interviews import cases as casework

    stored = tables.read(segments)
    stand = stored[stored["stands"]]
    words = load.themes(themes)
    order = load.stored_order(tables.read(codebook, "interviews/codebook"), words)
    rule = release.profile(profile)
    long = casework.framework(tables.read(cases), stand, order)
    tables.write(long, matrix)
    tables.write(load.labelled(casework.prevalence(long, rule), words), prevalence, "interviews/prevalence")
    tables.write(load.labelled(casework.by_group(long, rule), words), framework, "interviews/framework")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
