"""Tables as SQLAlchemy Core sees them: the columns that built queries name. The migrations are the schema; a test compares."""
