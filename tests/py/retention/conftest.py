"""Fixtures of the tests of what is deleted, kept and moved."""
