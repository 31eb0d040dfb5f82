"""Councils, their officers and the programs that act for them."""
