"""Floors: the bare library calls for the same work. Nothing here imports the gateway."""
