"""Macros: steps that agents do together again and again, on one conversation or on many at once."""
