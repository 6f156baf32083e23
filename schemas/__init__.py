"""What crosses a process boundary: bus records, topics, stream events and ids. Imports nothing of ours."""
