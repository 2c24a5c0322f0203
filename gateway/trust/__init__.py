"""Signatures, certificates, keys and safe parsing: where Unverified becomes Verified."""
