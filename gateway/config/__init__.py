"""Settings: TOML and environment to one frozen object."""
