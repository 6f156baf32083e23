"""Direct messages of one account on X."""
