# genequity: five strands of evidence, one report.   make help   or   snakemake --cores all
from snakemake.utils import min_version

min_version("9.19")


include: "workflow/rules/common.smk"


wildcard_constraints:
    section=r"[a-z-]+",


localrules:
    all,


# With an earlier build to compare with.
REPORT_CHANGES = (
    [reported("what-changed.html")]
    if (config["synthesis"] or {}).get("inputs", {}).get("earlier")
    else []
)


rule all:
    """The report and its executive summary, in three formats, and the release pack."""
    input:
        expand(reported("report.{format}"), format=FORMATS),
        expand(reported("executive-summary.{format}"), format=FORMATS),
        f"{ROOT}/pack.zip",
        REPORT_CHANGES,
        **optional("recommendations", "trace", reported("trace.html")),


# In the order in which the study runs.
if config["demonstration"]:

    include: "workflow/rules/demo.smk"


include: "workflow/rules/study.smk"


for section in study_config.SECTIONS:
    if supplied(section):

        include: f"workflow/rules/{section}.smk"


include: "workflow/rules/gate.smk"
include: "workflow/rules/pack.smk"
include: "workflow/rules/report.smk"


# On a cluster the rules of cluster.submit are jobs; all others take seconds and run beside Snakemake.
workflow.localrules(*short_rules())
