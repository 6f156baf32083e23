"""The tenant's policy as one versioned document."""
