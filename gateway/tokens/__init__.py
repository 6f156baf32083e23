"""Access tokens of providers that expire: had and renewed once for all replicas, sealed in the database."""
