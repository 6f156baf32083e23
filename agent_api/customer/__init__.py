"""What customers reach: their session, their socket, and the page to try it."""
