"""Bandwidth SMS and MMS, groups too: JSON callbacks proved by Basic credentials, answers by its Messaging API."""
