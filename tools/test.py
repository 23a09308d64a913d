"""The one check: `python3 tools/test.py`, in any fresh clone. `--list` names its steps."""

import sys

import _python

_python.require("tools/test.py")

import _bootstrap

if __name__ == "__main__":
    sys.exit(_bootstrap.run("check", ["check"] + sys.argv[1:]))
