"""WHAT HAPPENS: one record in, results out; exact, deterministic, without I/O."""

from comity.engine.core import Applied, Engine

__all__ = ["Applied", "Engine"]
