"""The release pack: what leaves a secure environment, and how it is let in outside.

Vocabulary: the *pack* is one archive with the released files, a *context sheet* beside each table, a *statement* of
disclosure control, a *manifest* of hashes and ``results.json`` in the schema of ACRO. Two *checkers* read it and fill
in an *approval*, which is bound to the manifest. *Inside* is where the data are; *outside*, where the report is made.
"""
