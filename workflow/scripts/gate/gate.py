"""Read every released file as an output checker would; stop, or say what passed, at what cost and from which inputs."""


def main(
    release: list,
    study: str,
    names_file: list,
    passed: str,
    erasure: str,
    *,
    profile: str,
    given: list = (),
    inputs: str = "",
    sources: list = (),
) -> None:
    from genequity import gate, identifiers, tables
    from genequity.files import write_json
    from genequity.gate import everything
    from genequity.gate import sources as inputs_of_study

    released = everything.read(release)
    names = identifiers.names(names_file[0] if names_file else None)
    result = everything.check(release, profile, names, released)
    tables.write(everything.audit(released), erasure, "audit/erasure")
    if inputs:
        hashed = inputs_of_study.hashed(sources)
        tables.write(hashed, inputs, "audit/inputs")
        result["inputs"] = inputs_of_study.counted(hashed)
    write_json(passed, result)
    print(f"{len(result['tables'])} tables passed the gate ({gate.__name__}, profile {profile})")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
