"""The audit log: who changed which setting when, chained so that a line that is changed or gone is noticed."""
