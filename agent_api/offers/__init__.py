"""Channel offers: which channels a site shows a visitor now."""
