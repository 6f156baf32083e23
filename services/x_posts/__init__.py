"""Posts on X that name, answer or quote one account."""
