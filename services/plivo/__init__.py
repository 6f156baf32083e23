"""Plivo SMS and MMS: forms signed by HMAC over URL and fields, answers by its Message API."""
