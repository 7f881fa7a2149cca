"""Compiled inner loops of set-off: merge, components, network, ranks, pushes, shares, proof.

They run in this order; `comity.solvers.setoff` calls them and says what each is for.
"""
