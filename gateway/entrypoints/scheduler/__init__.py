"""Runs each partner's sync when it is due."""
