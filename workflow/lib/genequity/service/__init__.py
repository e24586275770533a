"""Routine service data: from records to covariate patterns, rates, pathway and adjusted differences.

Vocabulary: a *record* is one row of the extract (a referral, an encounter); a *person* may have several. A *stage* is
one step of the pathway; a record is *eligible* for a stage when it reached the stage before and its outcome is known,
else it is *pending*. A *cell* is one covariate pattern (group, region, provider, age, sex, deprivation) with its
counts: the models of this strand need the cells only, never the records, unless a covariate is continuous.
"""
