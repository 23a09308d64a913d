"""MicroPython and ASCπ onto boards: `python3 tools/flash.py`, in any fresh clone."""

import sys

import _python

_python.require("tools/flash.py")

import _bootstrap

if __name__ == "__main__":
    sys.exit(_bootstrap.run("run", ["flash"] + sys.argv[1:]))
