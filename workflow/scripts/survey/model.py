"""The declared survey-weighted logistic model. See genequity.survey.model and genequity.survey.glm."""


def main(
    weighted: str,
    codebook: str,
    scheme: str,
    model: str,
    model_fit: str,
    model_variants: str,
    *,
    grouping: str,
    comparator: str,
    outcome: str,
    covariates: list,
    methods: dict,
) -> None:
    from genequity import tables
    from genequity.errors import raise_if
    from genequity.groups import Scheme
    from genequity.survey import codebook as books
    from genequity.survey import model as models
    from genequity.survey import sample

    book = books.read(codebook)
    raise_if(models.setting_problems({"outcome": outcome, "covariates": covariates}, book))
    people = tables.read(weighted)
    choices = {
        "outcome": outcome,
        "comparator": comparator,
        "valid": Scheme.read(scheme).groups(grouping, valid_only=True),
        "level": methods["level"],
        "least_base": methods["least_base"],
    }
    design = sample.design_of(people, lonely=methods["lonely_psu"])
    terms, summary = models.fit(people, design, book, covariates=list(covariates), **choices)
    other = models.variants(people, book, covariates=list(covariates), lonely=methods["lonely_psu"], **choices)
    tables.write(terms, model, "survey/model")
    tables.write(summary, model_fit, "survey/model_fit")
    tables.write(other, model_variants, "survey/model_variants")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
