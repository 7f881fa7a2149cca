"""Compiled inner loops of the conversion auction: wide products, sorted curves, supply at prices, fills."""
