"""Screening: which listed parties an instruction names, who decides, and what was decided.

Matching is a library (`comity.screening`); here is what a gateway does with it. A hit holds an instruction before any
money moves; two people decide; what they decided stands in the log, so that a replay never needs a list.
"""
