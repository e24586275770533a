"""The gate: every released file is read again, as an output checker would read it, before anything is published.

Vocabulary: the *release step* of a strand protects its tables; the *gate* trusts nobody and checks what came out, from
the released files alone; the *erasure audit* says what protection cost each group.
"""
