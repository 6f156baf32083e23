"""Vonage SMS (formerly Nexmo): messages and delivery receipts by query, form or JSON, answers by the SMS API."""
