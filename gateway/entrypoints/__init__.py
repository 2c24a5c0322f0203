"""Ways in: command line, gRPC, HTTPS, schedule."""
