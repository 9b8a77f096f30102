"""``python -m supportdesk``."""

import sys

from supportdesk.entry import main

if __name__ == "__main__":
    sys.exit(main())
