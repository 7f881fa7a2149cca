"""Comity settles trade between countries in their own currencies."""
