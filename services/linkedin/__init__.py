"""Comments under the posts of one LinkedIn page, and posts that name it."""
