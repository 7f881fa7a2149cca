"""Compiled inner loops of the conversion auction: sorted curves, supply at prices, fills."""
