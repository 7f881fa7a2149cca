"""The gateway: who may ask what of a node, and that each question is answered once.

It stands between a node and whatever speaks with people or machines: it gathers what
they send into records, keeps the keys under which they sent it, knows who they are and
what they may do, and has a second person agree where the rulebook wants two. What it
must not forget it writes into the log, as the notes of records; the rest it makes again.
"""
