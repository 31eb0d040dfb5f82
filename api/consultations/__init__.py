"""Consultations: making a case known, asking neighbours and consultees, and hearing what anybody says."""
