"""`python -m gateway` is `mra`."""

from gateway.entrypoints.cli.app import main

if __name__ == "__main__":
    main()
