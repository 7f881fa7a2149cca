"""A settlement day: reading it from files, running it, writing what came of it.

A DAY is a folder of tables. `read` turns it into checked columns, `run` feeds
them to a node in the order of the rulebook, `write` puts the outcome into a
folder; `generate` and `demo` make days out of trade figures, and `offset` solves
one queue without a day.
"""
