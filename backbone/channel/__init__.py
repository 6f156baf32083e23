"""What a channel is: the port every codec implements, its manifest, and the registry that finds them."""
