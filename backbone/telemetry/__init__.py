"""What the processes tell their operators: logs, metrics and traces. Nothing here decides anything."""
