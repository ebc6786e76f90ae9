"""Derivations that check themselves: proofs for every n beside NumPy twins."""

__version__ = "0.1.0"
