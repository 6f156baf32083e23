"""The block list: addresses whose messages wake nobody, and the appeal against it."""
