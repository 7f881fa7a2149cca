"""WHAT IS REMEMBERED: an ordered, durable, hash-chained log of records, and snapshots beside it."""
