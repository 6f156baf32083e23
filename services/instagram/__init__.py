"""Instagram: the direct messages of a professional account, its story replies and story mentions."""
