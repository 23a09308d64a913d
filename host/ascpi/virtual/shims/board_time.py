"""`time`: ticks of the board's own crystal, modulo 2^30 as on an ESP32. Sleeps use true time."""

from utime import gmtime as _gmtime
from utime import mktime as _mktime
from utime import sleep_us as _sleep_us
from utime import ticks_us as _true_us

from board_clock import count as _count
from board_clock import ticks_us
from board_interrupt import check as _check

_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)
# A board counts seconds from 2000, the unix port from 1970.
_EPOCH_S = const(946684800)
# How soon a sleeping board heeds Ctrl-C.
_NAP_US = const(50000)


def sleep_us(us):
    _check()
    if us <= _NAP_US:
        return _sleep_us(us)
    end = _true_us() + us
    while us > 0:
        _sleep_us(min(us, _NAP_US))
        _check()
        us = end - _true_us()


def sleep_ms(ms):
    sleep_us(ms * 1000)


def sleep(seconds):
    sleep_us(int(seconds * 1000000))


def ticks_ms():
    return _count() // 1000 & _MASK


ticks_cpu = ticks_us


def ticks_add(ticks, delta):
    if not -_HALF < delta < _HALF:
        raise OverflowError("ticks interval overflow")
    return (ticks + delta) & _MASK


def ticks_diff(later, earlier):
    return ((later - earlier + _HALF) & _MASK) - _HALF


def time():
    """Seconds since power-on: a board's clock starts at 2000 and nobody sets it."""
    return _count() // 1000000


def time_ns():
    return _count() * 1000


def gmtime(seconds=None):
    return _gmtime((time() if seconds is None else seconds) + _EPOCH_S)


localtime = gmtime


def mktime(date):
    return _mktime(date) - _EPOCH_S
