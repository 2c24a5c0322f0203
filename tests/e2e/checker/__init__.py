"""A second reading of docs/protocol.md: imports nothing of the gateway.

It knows protos/, schemas/ and the text; what it agrees on with the gateway, two implementations
agree on.
"""
