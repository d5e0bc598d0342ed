"""Second opinions on the same numbers: the planning system's own histograms, and dicompyler-core."""

from __future__ import annotations

from dosimetry.crosscheck.dicompyler import SecondEngine, SecondOpinion, second_opinion

__all__ = ["SecondEngine", "SecondOpinion", "second_opinion"]
