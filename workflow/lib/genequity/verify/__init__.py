"""Verify: a study is built again from its inputs and compared, cell by cell, with what was published."""
