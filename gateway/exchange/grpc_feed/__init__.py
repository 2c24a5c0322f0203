"""Lists as DSSE envelopes over gRPC."""
