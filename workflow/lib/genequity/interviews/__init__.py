"""Interviews and focus groups: who was heard, what they raised, and which words may be quoted.

Vocabulary. A *participant* is one person heard; the *case* of the framework matrix. *Prevalence* counts
participants, never codings. A *quotation* may leave the restricted folder only with the participant's
recorded consent to quotation, and never after withdrawal.
"""

STRAND = "interviews"
