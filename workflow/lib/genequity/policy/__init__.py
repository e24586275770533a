"""Policy review: which documents were looked at, what they say about ethnicity, and who says it.

Vocabulary. The *register* lists every document found, included or excluded. The *grade* of a document's
ethnicity content is one of none, mentioned, described, commitment, measured commitment. The *terminology
census* counts words in the documents' texts. *Review focus* hands the themes to the evidence strand with a
priority.
"""

STRAND = "policy"
