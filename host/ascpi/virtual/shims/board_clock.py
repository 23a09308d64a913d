"""The board's crystal: true microseconds in, counts out. See ../crystal.py for the formula.

Where MicroPython can emit native code it does; elsewhere the same in bytecode.
"""

from utime import ticks_us as true_us

from board_page import page

try:
    from board_clock_native import count, ticks_us
except (SyntaxError, ValueError, NotImplementedError):  # no native code for this processor
    _BILLION = 1000000000

    def count():
        now = true_us()
        if page.slot_a_start_us > now or page.slot_a_start_us < page.slot_b_start_us <= now:
            elapsed = now - page.slot_b_start_us
            return page.slot_b_base + elapsed + elapsed * page.slot_b_ppb // _BILLION
        elapsed = now - page.slot_a_start_us
        return page.slot_a_base + elapsed + elapsed * page.slot_a_ppb // _BILLION

    def ticks_us():
        return count() & 0x3FFFFFFF
