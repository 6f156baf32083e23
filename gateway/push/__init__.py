"""Notices to customers' apps that sleep, through Firebase Cloud Messaging and Apple's push service."""
