"""Settings of JupyterLab for the report's notebooks, passed by ``genequity edit``; no file of the user is touched."""

from genequity.authors.strip import before_saving

c = get_config()  # noqa: F821
c.ContentsManager.pre_save_hook = before_saving
