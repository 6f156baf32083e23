"""PostgreSQL for every process: connections, transactions, leases, positions, keys, blobs and the migrations."""
