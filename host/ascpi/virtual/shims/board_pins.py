"""Pin, PWM and ADC. Levels belong to the pin, not to the object: two objects share one pin."""

from utime import ticks_us as _true_us

from board_page import analog, page
from board_record import write as _write
from board_wires import level as _wire_level
from board_wires import outputs as _wires

_PINS = const(60)
_IN = const(1)
_OUT = const(3)
_OPEN_DRAIN = const(7)
_PULL_UP = const(2)

_level = bytearray(_PINS)
_mode = bytearray(_PINS)
_pull = bytearray(_PINS)


def number(pin):
    """The number of a pin that is given as one or as a Pin."""
    if isinstance(pin, Pin):
        return pin.id
    if not isinstance(pin, int) or not 0 <= pin < _PINS:
        raise ValueError("invalid pin")
    return pin


class Pin:
    IN = _IN
    OUT = _OUT
    OPEN_DRAIN = _OPEN_DRAIN
    PULL_DOWN = 1
    PULL_UP = _PULL_UP
    IRQ_RISING = 1
    IRQ_FALLING = 2
    DRIVE_0 = 0
    DRIVE_1 = 1
    DRIVE_2 = 2
    DRIVE_3 = 3

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=None, hold=None):
        self.id = number(id)
        self.init(mode, pull, value=value, drive=drive, hold=hold)

    def init(self, mode=-1, pull=-1, *, value=None, drive=None, hold=None):
        if pull is None or pull >= 0:
            _pull[self.id] = pull or 0
        if mode is not None and mode >= 0:
            _mode[self.id] = mode
        if value is not None:
            self.value(value)

    def value(self, level=None):
        now = _true_us()
        pin = self.id
        if level is None:
            return self._read(pin)
        level = 1 if level else 0
        if level != _level[pin]:
            _level[pin] = level
            if _mode[pin] & 2:
                if pin in _wires:
                    _wires[pin].drive(level)
                _write(b"%d %d %d\n" % (now, pin, level))

    def _read(self, pin):
        if _mode[pin] == _OUT:
            return _level[pin]
        if page.input_driven >> pin & 1:
            return page.input_level >> pin & 1
        if _wire_level(pin):
            return 1
        return 1 if _pull[pin] == _PULL_UP else 0

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(not _level[self.id])

    def irq(self, handler=None, trigger=3, **more):
        raise NotImplementedError("a virtual pin has no interrupts: read value()")

    def __repr__(self):
        return "Pin(%d)" % self.id


class PWM:
    """Its edges are too many to record; duty and frequency are, when they change."""

    def __init__(self, pin, freq=5000, duty_u16=None, duty=None, duty_ns=None):
        self._pin = number(pin)
        self._freq = 0
        self._duty_u16 = 0
        self.init(freq, duty_u16, duty, duty_ns)

    def init(self, freq=None, duty_u16=None, duty=None, duty_ns=None):
        if freq is not None:
            self.freq(freq)
        if duty_u16 is not None:
            self.duty_u16(duty_u16)
        if duty is not None:
            self.duty(duty)
        if duty_ns is not None:
            self.duty_ns(duty_ns)

    def freq(self, hertz=None):
        now = _true_us()
        if hertz is None:
            return self._freq
        if not 1 <= hertz <= 40000000:
            raise ValueError("frequency must be from 1Hz to 40MHz")
        if hertz != self._freq:
            self._freq = hertz
            _write(b"%d %d freq %d\n" % (now, self._pin, hertz))

    def duty_u16(self, duty=None):
        now = _true_us()
        if duty is None:
            return self._duty_u16
        if not 0 <= duty <= 65535:
            raise ValueError("duty_u16 must be from 0 to 65535")
        if duty != self._duty_u16:
            self._duty_u16 = duty
            _write(b"%d %d duty_u16 %d\n" % (now, self._pin, duty))

    def duty(self, duty=None):
        if duty is None:
            return self._duty_u16 * 1023 // 65535
        self.duty_u16(duty * 65535 // 1023)

    def duty_ns(self, width_ns=None):
        if width_ns is None:
            return self._duty_u16 * 1000000000 // (65535 * self._freq)
        self.duty_u16(min(65535, width_ns * self._freq * 65535 // 1000000000))

    def deinit(self):
        self.duty_u16(0)


class ADC:
    """Reads what the host put there (VirtualBoard.set_analog), or 0."""

    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3

    def __init__(self, pin, *, atten=ATTN_11DB):
        self._pin = number(pin)

    def read_u16(self):
        return analog(self._pin)

    def read_uv(self):
        return analog(self._pin) * 3300000 // 65535
