"""Ingress and egress of every channel: verify, normalise, publish; lease, send, report. It never touches conversations."""
