"""From notebooks to one report in three formats.

Vocabulary: a *section* is one notebook; the *book* is ``notebooks/_quarto.yml`` and what it lists; an *executed*
notebook holds its outputs; the *document* is the whole book as one pandoc tree with all references resolved.
The stages are :mod:`execute`, :mod:`exporter`, :mod:`assemble` and the writers :mod:`html`, :mod:`docx` and :mod:`pdf`.
"""
