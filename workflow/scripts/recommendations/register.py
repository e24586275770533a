"""The register of recommendations, checked against the findings, with its history and how each entry was judged.

See genequity.recommendations.register, genequity.recommendations.actionable and genequity.recommendations.assessments.
"""


def main(
    written: str,
    controlled: str,
    findings: str,
    register: str,
    organisations: str,
    co_design: str,
    gripp2: str,
    history: str,
    assessed: str,
    *,
    action_verbs: list[str],
    study_date: str,
    involvement: dict,
    co_design_log: str | None = None,
    assessments: str | None = None,
) -> None:
    from genequity import tables
    from genequity.recommendations import assessments as judged
    from genequity.recommendations import involvement as involved
    from genequity.recommendations import register as entries
    from genequity.recommendations import trace

    found = tables.read(findings, "synthesis/register")
    owners, log = entries.organisations(controlled), entries.co_design(co_design_log, study_date)
    known = {"verbs": action_verbs, "study_date": study_date, "findings": found["id"]}
    read = entries.read(written, owners, log, **known)
    supported = trace.support(read, found)
    names = list(supported["recommendation"])
    tables.write(supported, register, "recommendations/register")
    tables.write(trace.by_organisation(supported, owners), organisations, "recommendations/organisations")
    tables.write(log.replace("", None), co_design, "recommendations/co_design")
    tables.write(involved.gripp2(log, supported, involvement), gripp2, "recommendations/gripp2")
    tables.write(entries.history(read), history, "recommendations/history")
    tables.write(judged.whole(judged.read(assessments, names), names), assessed, "recommendations/assessments")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
