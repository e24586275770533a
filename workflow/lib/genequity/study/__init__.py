"""A study of one's own: its folder with templates, and the whole of its config as a build used it."""
