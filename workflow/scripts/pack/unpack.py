"""Check a release pack with its approval and write its released files: see genequity.pack.outside."""


def main(pack: str, approval: list, released: list, *, release_folder: str) -> None:
    from genequity.pack import outside

    outside.unpack(pack, approval[0] if approval else None, released, release_folder)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
