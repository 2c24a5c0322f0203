"""The rules: no clock, no input or output, no logging."""
