"""Primary analyses: what was declared beforehand as the answer to each question, and every other way of answering it.

Vocabulary: a *question* has one *primary analysis* (rows of a released table, one measure, one comparator), declared on
a day; the *declaration* is the file in which these choices stood then; a *change* is a later, dated, reasoned
difference from it; an *alternative* is another released estimate that answers the same question. Nothing is estimated
here: every value is a cell of a released table.

Sources: International Committee of Medical Journal Editors, Recommendations (prespecified and post hoc analyses);
Simonsohn, Simmons and Nelson (2020), doi:10.1038/s41562-020-0912-z (showing all reasonable specifications together).
"""
