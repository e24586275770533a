"""Readers of the files that coding programs write beside REFI-QDA, and of transcripts: one module a family of files."""
