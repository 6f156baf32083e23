"""Goodwill: what is given to customers within limits, and what waits for somebody to agree."""
