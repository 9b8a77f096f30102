"""``python -m supportdesk``."""

from supportdesk.entry import main

if __name__ == "__main__":
    main()
