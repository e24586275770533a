"""Randomness that depends on the study's seed and on the name of the rule, and on nothing else."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, rule: str) -> np.random.Generator:
    """Return the random generator of a rule.

    Parameters
    ----------
    seed : int
        The study's seed, from its config.
    rule : str
        Name of the rule: two rules never share a stream, whatever the order in which they run.
    """
    digest = hashlib.sha256(f"{seed}/{rule}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
