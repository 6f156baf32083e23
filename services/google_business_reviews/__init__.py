"""Reviews of one place on Google: its Business Profile."""
