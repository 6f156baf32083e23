"""Agents: who they are, whether they are there, how much they take."""
