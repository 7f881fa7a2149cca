"""What packed words of the tables are taken apart with, outside the kernels; see `comity.engine.kernels.layout`."""

LOW_20 = 0xFFFFF
"""The last of the three indexes that OWNER packs: the currency."""
LOW_32 = 0xFFFFFFFF
"""The latter of two that share a word: creditor, side row, row of a record."""
