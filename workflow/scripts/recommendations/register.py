"""The register of recommendations, checked against the findings. See genequity.recommendations.register."""


def main(
    written: str,
    controlled: str,
    findings: str,
    register: str,
    organisations: str,
    co_design: str,
    *,
    action_verbs: list[str],
    study_date: str,
    co_design_log: str | None = None,
) -> None:
    from genequity import tables
    from genequity.recommendations import register as entries
    from genequity.recommendations import trace

    found = tables.read(findings, "synthesis/register")
    owners, log = entries.organisations(controlled), entries.co_design(co_design_log)
    known = {"verbs": action_verbs, "study_date": study_date, "findings": found["id"]}
    supported = trace.support(entries.read(written, owners, log, **known), found)
    tables.write(supported, register, "recommendations/register")
    tables.write(trace.by_organisation(supported, owners), organisations, "recommendations/organisations")
    tables.write(log, co_design, "recommendations/co_design")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
