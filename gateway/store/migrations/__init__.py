"""How a database comes from one release to the next: one file a change."""
