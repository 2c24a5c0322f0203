"""The changes, oldest first by `down_revision`. A published one is not edited."""
