"""WHAT HAPPENS: one record in, results out; exact, deterministic, without I/O."""
