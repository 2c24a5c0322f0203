"""The demo: three gateways on loopback, with synthetic operators."""
