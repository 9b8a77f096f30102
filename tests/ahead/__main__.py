"""The command line of the program three versions on; ``work FILE LOGIN TICKET MOOD COMMAND…`` does first what only it
can do, then the command."""

import sys

from tests.ahead import version

version.register()

if __name__ == "__main__":
    if sys.argv[1] == "work":
        from tests.ahead.work import work

        work(*sys.argv[2:6])
        del sys.argv[1:6]
    from supportdesk.entry import main

    main()
