"""Voice and video between customers and agents in their browsers: who rings and answers, the way between them, their signals."""
