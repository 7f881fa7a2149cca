"""WHAT WOULD BE BEST: searches over a picture of the engine's state.

A solver proposes; the engine verifies the proposal in one exact pass before
anything settles. A solver that fails or lies costs the proposal, never money.
"""
