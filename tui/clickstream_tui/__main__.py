"""`python -m clickstream_tui`."""

import sys

from clickstream_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
