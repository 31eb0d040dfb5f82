"""Deciding a case: assessment, recommendation, review, committee, decision, decision notice, appeal."""
