"""Lists as signed XML over HTTPS."""
