"""WHAT EXISTS: immutable values of settlement; the standard library only."""
