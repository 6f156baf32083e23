"""Roles of a tenant's own, each a set of permissions, and who has which."""
