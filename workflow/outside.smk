# The report from a release pack alone:   make outside PACK=pack.zip
# or   snakemake --cores all --snakefile workflow/outside.smk --config pack=pack.zip
from snakemake.utils import min_version

min_version("9.19")


include: "rules/common.smk"


wildcard_constraints:
    section=r"[a-z-]+",


localrules:
    all,


rule all:
    """The report and its executive summary, in three formats."""
    input:
        expand(reported("report.{format}"), format=FORMATS),
        expand(reported("executive-summary.{format}"), format=FORMATS),
        **optional("recommendations", "trace", reported("trace.html")),


include: "rules/outside.smk"
include: "rules/report.smk"
