"""The channels: one folder each and nothing else."""
