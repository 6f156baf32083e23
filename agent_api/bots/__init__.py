"""What bots do with the conversations that they have: take time, and let go."""
