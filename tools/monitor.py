"""All boards in one window: `python3 tools/monitor.py`, in any fresh clone."""

import sys

import _python

_python.require("tools/monitor.py")

import _bootstrap

if __name__ == "__main__":
    sys.exit(_bootstrap.run("run", ["monitor"] + sys.argv[1:]))
