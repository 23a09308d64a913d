"""The checkout's firmware onto a board on a port; its configuration and its glyphs stay."""

from ascpi.flash.application import NODE
from ascpi.flash.releases import default_cache
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import Target
from ascpi.flash.update import Update
from ascpi.flash.wishes import Wishes
from ascpi.hil.errors import HilError


def update(port: str, name: str) -> None:
    """Write the files that differ and start the board. HilError if it does not come to that."""
    supplies = Supplies(None, default_cache(), NODE)
    job = Update(Target(port, named=True), supplies, lambda status: None, Wishes())
    outcome = job.run()
    if not outcome.passed:
        raise HilError(f"{name} on {port} was not flashed: {outcome.text}")
