"""Settings of JupyterLab for the report's notebooks, passed by ``genequity edit``; no file of the user is touched."""

from genequity.authors.strip import before_saving

c = get_config()  # noqa: F821
c.ContentsManager.pre_save_hook = before_saving
# For this machine only, behind a token: so it may also run where the user is root, as in a container.
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.allow_root = True
# Nothing is asked of the network.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
