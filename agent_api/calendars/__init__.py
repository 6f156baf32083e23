"""Calendars of days off."""
