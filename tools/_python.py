"""Refuse an interpreter that is too old, in a sentence.

This file and the scripts that import it are read by any Python from 2.7 on: no annotations,
f-strings or newer syntax here, or an old interpreter answers with a SyntaxError instead.
"""

import sys

OLDEST = (3, 10)


def complaint(version, program):
    """What to tell the user of a Python that is too old; None when it is new enough."""
    if tuple(version[:2]) >= OLDEST:
        return None
    needed = ".".join(str(part) for part in OLDEST)
    found = ".".join(str(part) for part in version[:2])
    return (
        program
        + " needs Python "
        + needed
        + " or newer; this is Python "
        + found
        + ". Run it with a newer one, for example: python"
        + needed
        + " "
        + program
    )


def require(program):
    sentence = complaint(sys.version_info, program)
    if sentence is not None:
        sys.stderr.write(sentence + "\n")
        sys.exit(2)
