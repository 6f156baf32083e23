"""The bus: one port, two adapters (Kafka and a partitioned log in PostgreSQL), one contract suite."""
