"""Infobip SMS and MMS: JSON webhooks proved by Basic credentials or an HMAC, answers by its SMS and MMS APIs."""
