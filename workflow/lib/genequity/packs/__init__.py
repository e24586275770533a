"""What the report hands on: the way from each recommendation to its evidence, and a pack for each organisation.

A *leaf* is what a recommendation rests on in the end: a row of a released table, a quotation, a passage of a policy
document, a study's result, a vote, an entry of the co-design log, an input file. Everything is read from the release.
"""
