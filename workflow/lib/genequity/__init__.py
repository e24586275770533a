"""genequity."""
