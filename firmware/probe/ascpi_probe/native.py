"""The look by the input register, in native code: one read for all pins of 32, some µs a look.

To import this raises SyntaxError where MicroPython has no native code for the processor, and
ValueError where a compiled file is for another one: see wiring.py. Viper's integers are machine
words; a register's bit 31 makes a negative number on a board, which is only ever compared.
"""

import micropython
from micropython import const

# As in record.py; native code knows constants of its own file only.
_LOW_MASK = const(0)
_HIGH_MASK = const(1)
_LOW = const(2)
_HIGH = const(3)
_EARLIER = const(4)
_FOR_US = const(5)
_QUIET_US = const(6)
_WRITTEN = const(7)
_TAKEN = const(8)
_DROPPED = const(9)
_LONGEST = const(10)
_AWAY = const(11)
_GAPS = const(16)
_LAST_GAP = const(63)
_RING = const(80)
_ENTRY_SHIFT = const(3)
_ENTRIES = const(64)
_FULL = const(48)
_TICKS_MASK = const(0x3FFFFFFF)


@micropython.viper
def look(register: ptr32, words: ptr32, ticks: object) -> int:
    """Look at the register until the time is up; entries that wait then.

    The time is FOR_US, and after a change QUIET_US more: a burst of edges is seen to its end.
    """
    begin = int(ticks())  # type: ignore[operator]
    wait = words[_FOR_US]
    earlier = words[_EARLIER]
    before = begin
    peak = _AWAY
    high = 0
    while True:
        low = register[0] & words[_LOW_MASK]
        if words[_HIGH_MASK] != 0:
            high = register[1] & words[_HIGH_MASK]
        now = int(ticks())  # type: ignore[operator]
        # What is new was not there when the look before read, which was after `earlier`: its
        # own ticks were read later than the pins, an interrupt later at times.
        gap = (now - earlier) & _TICKS_MASK
        earlier = before
        before = now
        if gap > words[peak]:
            words[peak] = gap
        peak = _LONGEST
        place = _GAPS + (gap if gap < _LAST_GAP else _LAST_GAP)
        words[place] = words[place] + 1
        if low != words[_LOW] or high != words[_HIGH]:
            waiting = words[_WRITTEN] - words[_TAKEN]
            if waiting < _ENTRIES:
                place = _RING + ((words[_WRITTEN] & (_ENTRIES - 1)) << _ENTRY_SHIFT)
                words[place] = now
                words[place + 1] = gap
                words[place + 2] = words[_LOW]
                words[place + 3] = words[_HIGH]
                words[place + 4] = low
                words[place + 5] = high
                words[_WRITTEN] = words[_WRITTEN] + 1
            else:
                words[_DROPPED] = words[_DROPPED] + 1
            words[_LOW] = low
            words[_HIGH] = high
            if waiting < _FULL:
                wait = ((now - begin) & _TICKS_MASK) + words[_QUIET_US]
        elif ((now - begin) & _TICKS_MASK) >= wait:
            words[_EARLIER] = earlier
            return words[_WRITTEN] - words[_TAKEN]
