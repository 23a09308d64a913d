"""What the duel needs of the machine: looked for before anything starts, said in a sentence."""

import os
import shutil
import sys
from importlib import metadata
from pathlib import Path

from ascpi.errors import AscpiError
from ascpi.paths import REPOSITORY
from ascpi.virtual.runtime import find_micropython

TUN_DEVICE = Path("/dev/net/tun")
LINK = "LinkPython-extern"
REQUIREMENTS = REPOSITORY / "tools" / "requirements-duel.txt"


def require_machine() -> None:
    """Linux, root, TAP devices and `ip`: what the emulated Ethernet is made of."""
    if sys.platform != "linux":
        raise AscpiError(
            f"the duel is fought in network namespaces, which {sys.platform} does not have: "
            "run it on Linux"
        )
    if os.geteuid() != 0:
        raise AscpiError(
            "the duel makes network namespaces and TAP devices, which only root may: "
            f"sudo {sys.executable} -m ascpi bench duel"
        )
    if not TUN_DEVICE.exists():
        raise AscpiError(
            f"the duel needs TAP devices, and {TUN_DEVICE} is missing: load the module "
            "(modprobe tun), or give the device to the container (--device /dev/net/tun)"
        )
    if shutil.which("ip") is None:
        raise AscpiError("the duel needs the command `ip`: install iproute2")


def require_contenders() -> str:
    """MicroPython and Link; the version of Link."""
    find_micropython()
    version = _version(LINK)
    if version is None:
        raise AscpiError(
            f"the duel needs {LINK}, which is no part of the installation: "
            f"{sys.executable} -m pip install -r {REQUIREMENTS}"
        )
    return version


def _version(distribution: str) -> str | None:
    """Without an import: Link has no business in this process."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
