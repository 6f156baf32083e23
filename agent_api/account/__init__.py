"""What a caller may know of itself and of the state of its tenant."""
