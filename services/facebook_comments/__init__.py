"""What people write in public on a Facebook page: comments, posts, mentions and recommendations."""
