"""An Ethernet that exists for this process only: a namespace for each peer, a TAP device in each.

What is sent into a device comes out of its descriptor, and goes nowhere unless somebody (the
switch) carries it on. No namespace has a way to the machine's own network.

The devices vanish with the last descriptor, however the process ends. The namespaces are removed
on the way out; those that a killed process left are found by its number, which is in their names.
"""

import contextlib
import os
import struct
import subprocess
from contextlib import ExitStack
from pathlib import Path

from ascpi.bench.duel.needs import TUN_DEVICE
from ascpi.errors import AscpiError

PREFIX = "ascpi-duel"
NAMESPACES = Path("/run/netns")
DEVICE = "eth0"
# Nobody else is there: any private network would do.
NETWORK = "10.83.67"
BROADCAST = f"{NETWORK}.255"
MULTICAST = "224.0.0.0/4"

# An `ip` takes milliseconds, but waits for the kernel's networking lock.
IP_DEADLINE_S = 20.0

# linux/if_tun.h
_TUNSETIFF = 0x400454CA
_IFF_TAP = 0x0002
_IFF_NO_PI = 0x1000
# struct ifreq: a name of 16 bytes, then a union of 24 of which the flags are the first two.
_IFREQ = "16sH22x"


class Ethernet:
    """Use it in a `with`. Peers are numbered from 1, and `taps` are in their order."""

    def __init__(self, peers: int) -> None:
        self.peers = peers
        self.taps: list[int] = []
        self._stack = ExitStack()

    def __enter__(self) -> "Ethernet":
        try:
            sweep()
            for peer in range(1, self.peers + 1):
                self._make(peer)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def release_taps(self) -> None:
        """The switch has them now: when it ends, nothing holds the devices any more."""
        while self.taps:
            os.close(self.taps.pop())

    def inside(self, peer: int) -> tuple[str, ...]:
        """What a command is to begin with in order to run at that peer."""
        return ("ip", "netns", "exec", _name(peer))

    def _make(self, peer: int) -> None:
        name = _name(peer)
        self._stack.callback(_remove, name)
        _ip("netns", "add", name)
        tap, device = open_tap()
        self.taps.append(tap)
        if peer == 1:
            self._stack.callback(self.release_taps)
        _ip("link", "set", device, "netns", name)
        # IPv4 only: discovery by IPv6 would be more packets about the same.
        commands = f"""\
            link set dev {device} name {DEVICE}
            link set dev {DEVICE} address {hardware_address(peer)} addrgenmode none
            address add {address(peer)}/24 broadcast {BROADCAST} dev {DEVICE}
            link set dev lo up
            link set dev {DEVICE} up
            route add {MULTICAST} dev {DEVICE}
        """
        lines = [line.strip() for line in commands.splitlines() if line.strip()]
        _ip("-netns", name, "-batch", "-", words="\n".join(lines) + "\n")


def address(peer: int) -> str:
    return f"{NETWORK}.{peer}"


def hardware_address(peer: int) -> str:
    """Locally administered; the same in every run."""
    return f"02:00:00:00:00:{peer:02x}"


def open_tap() -> tuple[int, str]:
    """(descriptor, the name that the kernel chose) of a new TAP device, in this namespace."""
    try:
        tap = os.open(TUN_DEVICE, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise AscpiError(
            f"{TUN_DEVICE} cannot be opened ({error.strerror}): give the container that device"
        ) from None
    # Windows has none, and the other benches import this package there.
    import fcntl

    request = struct.pack(_IFREQ, b"ascpi%d", _IFF_TAP | _IFF_NO_PI)
    try:
        answer = fcntl.ioctl(tap, _TUNSETIFF, request)
    except OSError as error:
        os.close(tap)
        raise AscpiError(
            f"no TAP device can be made ({error.strerror}): "
            "in a container it takes the capability NET_ADMIN"
        ) from None
    name: bytes = struct.unpack(_IFREQ, answer)[0]
    return tap, name.rstrip(b"\0").decode()


def sweep() -> None:
    """Remove the namespaces of processes that are no more."""
    for path in NAMESPACES.glob(f"{PREFIX}-*"):
        owner = path.name.removeprefix(f"{PREFIX}-").partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            _remove(path.name)


def _name(peer: int) -> str:
    return f"{PREFIX}-{os.getpid()}-{peer}"


def _remove(name: str) -> None:
    # It may never have been made, or be gone already.
    if (NAMESPACES / name).exists():
        with contextlib.suppress(AscpiError):
            _ip("netns", "delete", name)


def _ip(*arguments: str, words: str | None = None) -> None:
    command = ["ip", *arguments]
    try:
        subprocess.run(
            command,
            input=words,
            capture_output=True,
            text=True,
            timeout=IP_DEADLINE_S,
            check=True,
            # A Ctrl-C is for this process, which then tidies up with further calls.
            start_new_session=True,
        )
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split()) or f"exit code {error.returncode}"
        raise AscpiError(
            f"`{' '.join(command)}` failed ({said}): network namespaces take root with the "
            "capabilities SYS_ADMIN and NET_ADMIN, which a container must be given"
        ) from None
    except subprocess.TimeoutExpired:
        raise AscpiError(
            f"`{' '.join(command)}` did not end within {IP_DEADLINE_S:.0f} s: try again"
        ) from None
