"""Whole tenants, for operators: made, suspended, counted, exported, removed. Works as the owner of the database."""
