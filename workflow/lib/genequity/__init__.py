"""genequity: the library behind the workflow.

Strand packages (``policy``, ``evidence``, ``survey``, ``service``, ``interviews``) hold the methods; ``synthesis``,
``recommendations`` and ``publish`` carry them to the report; the modules beside this file are the core they share.
"""

__version__ = "0.1.0"
