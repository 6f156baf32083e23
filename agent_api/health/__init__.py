"""How a channel account is doing: what came, what was lost, what its provider says."""
