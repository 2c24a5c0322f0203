"""Tell in one line what keeps `make setup` from working with this Python."""

import importlib.util
import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"Python 3.11 or newer is needed, found {found}; try: make PYTHON=python3.12 setup")
if importlib.util.find_spec("ensurepip") is None:
    sys.exit("this Python has no ensurepip; install its venv package (Debian: python3-venv)")
