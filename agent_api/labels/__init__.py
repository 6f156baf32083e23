"""Tags and custom fields of conversations."""
