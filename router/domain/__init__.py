"""Pure rules: no IO, no clock, no logging, no framework."""
