"""What authors of the report use: edit, preview, lint, and the way back from Word.

Vocabulary: a *returned* document is the report's Word file that comes back edited; a *change* is one piece of it that
reads otherwise than in the document that went out.
"""
