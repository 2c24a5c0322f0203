"""Generated from protos/ by tools/genproto.py; never edited."""
