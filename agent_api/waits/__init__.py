"""What customers may expect to wait."""
