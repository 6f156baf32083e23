"""Plumbing that two or more processes share. If it decides anything about a customer, it belongs in `router`."""
