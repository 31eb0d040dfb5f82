"""The spatial API of cases and sites: what lies where, how far away, and what was there before."""
