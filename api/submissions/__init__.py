"""Intake: applications as other systems send them, one at a time or a whole register at once."""
