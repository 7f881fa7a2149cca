"""Compiled inner loops of the solvers; see `comity.engine.kernels` for what a kernel is."""
