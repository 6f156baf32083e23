"""Mail as a medium: what every channel of it shares, pure and without a network."""
