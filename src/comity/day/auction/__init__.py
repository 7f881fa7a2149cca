"""A conversion auction of orders in a table, without a day: read, cleared at one price per currency, verified.

What each part does stands in its module: `orders` and `bands` read, `run` clears,
`outcome` is the answer, `pair_books` clears the same orders pair by pair to compare.
"""
