"""Coded text: reading, merging and comparing what qualitative coders mark, for policy documents and interviews.

Vocabulary. A *source* is one text (a transcript, a policy document). A *code* is a label with a definition;
its *path* is its name behind those of its parents (``Barriers > Letters``). A *segment* is one code put by
one *coder* on one stretch of one source, from code point ``start`` up to but not including ``end`` of the
source's text (line ends counted as one character, no byte order mark). A *coding* is the same thing as it
stands in the coding program's file. A *theme* is the study's own heading under which codes are reported.
"""
