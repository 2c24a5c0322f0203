"""The ways in which lists travel: one folder a kind of feed."""
