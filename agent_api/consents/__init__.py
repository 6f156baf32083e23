"""What customers allowed and forbade, with proof."""
