"""Wires to and from other virtual boards, in memory that their processes share: see ../wires.py.

The memory is a chip's input registers: pin p is bit p % 32 of word p // 32. A level is there as
soon as it was driven, for whoever looks. Each byte has one writer, so no lock is needed.
"""

import uctypes

# This board's pins that a wire leads from.
outputs = {}
_inputs = None
_register = 0


class Wire:
    def __init__(self, memory, pin):
        self._memory = memory
        self._place = pin >> 3
        self._bit = 1 << (pin & 7)
        self.drive(0)

    def drive(self, level):
        if level:
            self._memory[self._place] |= self._bit
        else:
            self._memory[self._place] &= ~self._bit


def attach(groups):
    global _inputs, _register
    for group in groups:
        memory = uctypes.bytearray_at(group["address"], group["bytes"])
        if group["ends_here"]:
            _inputs = memory
            _register = group["address"]
        for pin, far_pin in group["outputs"]:
            outputs[pin] = Wire(memory, far_pin)


def input_register():
    return _register


def level(pin):
    """What a wire to this pin has; 0 where there is none."""
    return _inputs[pin >> 3] >> (pin & 7) & 1 if _inputs is not None else 0
