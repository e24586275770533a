"""Check a release pack with its approval and write its released files: see genequity.pack.outside."""


def main(pack: str, approval: list, released: list) -> None:
    from pathlib import Path

    from genequity.pack import outside

    study = next(path for path in released if Path(path).name == "study.json")
    outside.unpack(pack, approval[0] if approval else None, released, str(Path(study).parent))


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
