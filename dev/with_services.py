"""python -m dev.with_services COMMAND...: runs a command on fresh servers, which are gone afterwards."""

import os
import subprocess
import sys

from dev.services import running

if __name__ == "__main__":
    with running() as addresses:
        ended = subprocess.run(sys.argv[1:], env=os.environ | addresses, check=False)
    sys.exit(ended.returncode)
