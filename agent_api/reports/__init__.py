"""Reports over conversations, and what customers thought of them."""
