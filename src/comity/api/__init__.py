"""The HTTP API: translates requests into calls of the gateway, and what comes back into answers.

Nothing is decided here. Each module holds the routes of one kind of thing.
"""
