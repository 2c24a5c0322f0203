"""Benchmarks: what the gateway does, each beside the floor of the same run (docs/benchmarks.md)."""
