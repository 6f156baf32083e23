"""Saved views: filters of conversations under a name, with how many there are."""
