"""Clocks of conversations as intervals, and reports over them."""
