"""Boards that lock, on this machine alone: `python3 tools/demo.py`, in any fresh clone."""

import sys

import _python

_python.require("tools/demo.py")

import _bootstrap

if __name__ == "__main__":
    sys.exit(_bootstrap.run("run", ["demo"] + sys.argv[1:]))
