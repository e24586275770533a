"""``python -m genequity <verb>``: the same verbs as ``make``, on machines without make."""

import sys


def main():
    """Run a verb; an old Python gets its answer before anything else is imported."""
    if sys.version_info < (3, 11):
        found = "{}.{}".format(*sys.version_info[:2])
        print(
            "genequity needs Python 3.11 or newer; this is Python " + found + ". Without administrator rights: install"
        )
        print("uv (docs.astral.sh/uv), then 'uv python install 3.12' and 'PYTHON=$(uv python find 3.12) make report'.")
        return 2
    from genequity import verbs

    return verbs.run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
