"""Decides who answers what and when: conversations, SLA clocks, assignment."""
