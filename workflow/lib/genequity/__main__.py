"""``python -m genequity <verb>``: the same verbs as ``make``, on machines without make."""

import sys


def main():
    """Run a verb; an old Python gets its answer before anything else is imported."""
    if sys.version_info < (3, 11):  # noqa: UP036
        found = "{}.{}".format(*sys.version_info[:2])
        print(
            "genequity needs Python 3.11 or newer; this is Python "
            + found
            + ". To get one without administrator rights:"
        )
        print("  1. install uv, as docs.astral.sh/uv says;  2. run: uv python install 3.12")
        print("  3. run the command again as: make report PYTHON=$(uv python find 3.12)")
        return 2
    from genequity import verbs

    return verbs.run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
