"""``python -m inversa.viz``: the same as the command ``inversa``."""

import sys

from inversa.viz.command.cli import main

if __name__ == "__main__":
    sys.exit(main())
