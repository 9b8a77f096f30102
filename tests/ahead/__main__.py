"""The command line of the program three versions on; ``work FILE LOGIN TICKET`` does what only it can do."""

import sys

from tests.ahead import version

version.register()

if __name__ == "__main__":
    if sys.argv[1] == "work":
        from tests.ahead.work import work

        sys.exit(work(*sys.argv[2:]))
    from supportdesk.entry import main

    sys.exit(main())
