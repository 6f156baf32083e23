"""The bus as a partitioned log in PostgreSQL: what one machine runs on, without a broker."""

from backbone.bus.postgres.bus import PostgresBus

__all__ = ["PostgresBus"]
