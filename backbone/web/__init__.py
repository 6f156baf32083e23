"""HTTP plumbing that two or more processes share: problems, authentication, health, limits, outgoing calls."""
