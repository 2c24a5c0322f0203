"""HTTPS server for partners that exchange XML."""
