"""Figures: the gateway's own code at the same work as the floors, in a process of its own."""
