"""Incidents: storms of public posts with one shared answer, and reputation in figures."""
