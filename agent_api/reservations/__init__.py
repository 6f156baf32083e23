"""Reservations: conversations that agents are asked to take."""
