"""Comments on the videos of one YouTube channel."""
