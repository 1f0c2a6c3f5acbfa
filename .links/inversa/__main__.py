"""``python -m inversa``: the same as the command ``inversa``."""

import sys

from inversa.viz.cli import main

if __name__ == "__main__":
    sys.exit(main())
