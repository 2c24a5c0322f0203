"""Use cases: sync, publish, lookup, onboarding. Domain and ports only."""
