"""`neopixel`: colours, recorded when a write changes them."""

from utime import ticks_us as _true_us

from board_pins import number
from board_record import write as _record


class NeoPixel:
    ORDER = (1, 0, 2, 3)

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        self.n = n
        self.bpp = bpp
        self.buf = bytearray(n * bpp)
        self._shown = bytes(n * bpp)

    def __len__(self):
        return self.n

    def __setitem__(self, index, colour):
        at = index * self.bpp
        for i in range(self.bpp):
            self.buf[at + self.ORDER[i]] = colour[i]

    def __getitem__(self, index):
        at = index * self.bpp
        return tuple(self.buf[at + self.ORDER[i]] for i in range(self.bpp))

    def fill(self, colour):
        for index in range(self.n):
            self[index] = colour

    def write(self):
        now = _true_us()
        if self.buf == self._shown:
            return
        self._shown = bytes(self.buf)
        word = "rgb" if self.bpp == 3 else "rgbw"
        levels = " ".join(str(level) for index in range(self.n) for level in self[index])
        _record("%d %d %s %s\n" % (now, number(self.pin), word, levels))
