"""Fixed-point arithmetic: ticks, phase on the circle, units, roots and angles, and chance.

Ticks: microseconds of one board's own clock, modulo 2^30 (17.9 min), as `ticks_us` counts.

Every comparison of ticks goes through `ticks_diff`. It is valid while the two lie less than half
a period (8.9 min) apart. 2^30 itself is no small integer on a 32-bit board, hence the exclusive
or instead of a comparison and a subtraction.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    Value = TypeVar("Value")


def const(value: "Value") -> "Value":
    """A value of the program's text: MicroPython's compiler puts it where its name stands, so that
    it takes no memory on a board. What it is made of must stand in the same module."""
    return value


TICKS_BITS = const(30)
TICKS_MASK = const((1 << TICKS_BITS) - 1)
TICKS_HALF = const(1 << (TICKS_BITS - 1))


def ticks_add(ticks: int, delta_us: int) -> int:
    """Ticks `delta_us` later (earlier if negative); |delta_us| ≤ 2^29.

    The ticks are taken as −2^29 … 2^29 − 1 first, so that the sum stays a small integer.
    """
    return ((ticks ^ 0x20000000) - 0x20000000 + delta_us) & 0x3FFFFFFF


def ticks_diff(later: int, earlier: int) -> int:
    """later − earlier in µs, in [−2^29, 2^29); both in [0, 2^30)."""
    return (((later - earlier) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000


# Phase on the circle: an integer 0 … 2^28 − 1 stands for [0, 1) turn (a step is 3.7 ns at 1 Hz).
#
# 28 bits leave room for a sum or difference of two phases in the 31-bit small integers of a 32-bit
# board. Every difference is taken on the shortest arc, [−½, ½).

PHASE_BITS = const(28)
TURN = const(1 << PHASE_BITS)
PHASE_MASK = const(TURN - 1)
HALF_TURN = const(TURN >> 1)


def arc(target: int, origin: int) -> int:
    """Shortest arc from `origin` to `target` in [−2^27, 2^27) units of 2^-28 turn."""
    return (((target - origin) & 0xFFFFFFF) ^ 0x8000000) - 0x8000000


# Fractions in Q15 (32768 stands for 1.0) and the few functions the model needs of them.
#
# Coherence runs over 0 … 1.0 inclusive, ΔΦ and κ over [0, 1): products of two of them stay in
# 30 bits.

ONE = const(1 << 15)
"""1.0 in Q15."""

BELOW_ONE = const(ONE - 1)

# 2^(−1/64) times 2^60.
_POWER_STEP = const(1140502249370840087)


def _powers() -> list[int]:
    """2^(−k/64) in Q15 for k = 0 … 64, and a fence."""
    table = []
    value = 1 << 60
    for _ in range(65):
        table.append((value + (1 << 44)) >> 45)
        value = (value * _POWER_STEP) >> 60
    return table + [table[-1]]


_POWER_TABLE = _powers()
del _powers  # what made a table takes as much memory as it


def exp_negative(x: int) -> int:
    """exp(−x) in Q15 for x ≥ 0 in Q15; 0 from x = 11 on. Within 10^-4 of the true value.

    exp(−x) = 2^(−x·log2 e): the fraction by a table of 64 steps (interpolation errs by 1.5e-5),
    the integer part by a shift. log2 e in Q11 keeps x·log2 e below 2^30.
    """
    if x >= 11 << 15:
        return 0
    scaled = x * 2955
    rest = scaled & 0x3FFFFFF
    index = rest >> 20
    high = _POWER_TABLE[index]
    step = high - _POWER_TABLE[index + 1]
    value = high - ((step * ((rest >> 4) & 0xFFFF) + 0x8000) >> 16)
    shift = scaled >> 26
    return (value + ((1 << shift) >> 1)) >> shift


def square_root(value: int) -> int:
    """Floor of the square root, 0 ≤ value < 2^30 (Newton, from above)."""
    if value < 2:
        return value
    root = 32768
    half = 16384
    while half * half >= value:
        root = half
        half >>= 1
    while True:
        lower = (root + value // root) >> 1
        if lower >= root:
            return root
        root = lower


# Sine, cosine and the angle of a vector, on phases of 2^-28 turn, by table and interpolation.
#
# The tables are worked out once, in long integers, when this module is loaded: a quarter wave of
# sine in 512 steps and the arc tangent of [0, 1] in 256. Linear interpolation then errs by
# (π/1024)²/8 = 1.2e-6 in the sine and by 0.65·(1/256)²/8 rad = 2e-7 turn in the angle; with all
# rounding a unit vector is off by 2.4e-6 at most and an angle by 6e-7 turn. Plain lists: on a
# 32-bit board a list of small integers takes no more room than an array, and is faster to read.

SINE_ONE = const(1 << 20)
"""1.0 in the results of `sine` and `cosine` (Q20)."""

_SINE_STEPS = const(512)
_ANGLE_STEPS = const(256)
_GUARD_BITS = const(60)
# sin and cos of π/1024, and 1/(2π), times 2^60 (computed to 50 digits).
_SINE_STEP = const(3537113327227485)
_COSINE_STEP = const(1152916078738702569)
_TURNS_PER_RADIAN = const(183493156455125077)


def _quarter_wave() -> list[int]:
    """sin(k·π/1024) in Q20 for k = 0 … 512, by repeated rotation; one more entry as a fence."""
    half = 1 << (_GUARD_BITS - 21)
    table = []
    sine_k, cosine_k = 0, 1 << _GUARD_BITS
    for _ in range(_SINE_STEPS):
        table.append((sine_k + half) >> (_GUARD_BITS - 20))
        sine_k, cosine_k = (
            (sine_k * _COSINE_STEP + cosine_k * _SINE_STEP) >> _GUARD_BITS,
            (cosine_k * _COSINE_STEP - sine_k * _SINE_STEP) >> _GUARD_BITS,
        )
    return table + [SINE_ONE, SINE_ONE]


def _angles() -> list[int]:
    """atan(k/256) in 2^-28 turn for k = 0 … 256 and a fence.

    atan((k+1)/n) − atan(k/n) = atan(x), x = n/(n² + k(k+1)) ≤ 1/n: four terms of the series do.
    """
    table = []
    radians = 0
    steps = _ANGLE_STEPS
    for k in range(steps + 1):
        turns = (radians * _TURNS_PER_RADIAN) >> (_GUARD_BITS - 28)
        table.append((turns + (1 << (_GUARD_BITS - 1))) >> _GUARD_BITS)
        x = (steps << _GUARD_BITS) // (steps * steps + k * (k + 1))
        square = (x * x) >> _GUARD_BITS
        cube = (x * square) >> _GUARD_BITS
        fifth = (cube * square) >> _GUARD_BITS
        seventh = (fifth * square) >> _GUARD_BITS
        radians += x - cube // 3 + fifth // 5 - seventh // 7
    return table + [table[-1]]


SINE_TABLE = _quarter_wave()
ANGLE_TABLE = _angles()
del _quarter_wave, _angles


def sine(theta: int) -> int:
    """sin(2π·theta) in Q20, theta any phase. Worst product 3217 · (2^17 − 1) < 2^29."""
    rest = theta & 0x3FFFFFF
    if theta & 0x4000000:
        rest = 0x4000000 - rest
    index = rest >> 17
    low = SINE_TABLE[index]
    value = low + (((SINE_TABLE[index + 1] - low) * (rest & 0x1FFFF) + 0x10000) >> 17)
    return -value if theta & 0x8000000 else value


def cosine(theta: int) -> int:
    """cos(2π·theta) in Q20, theta any phase."""
    return sine((theta + 0x4000000) & 0xFFFFFFF)


def angle(y: int, x: int) -> int:
    """Phase of the vector (x, y), 0 … 2^28 − 1; |x|, |y| ≤ 2^29; (0, 0) gives 0.

    The ratio of the two is taken to 2^-20 in two divisions of at most 30 bits each; the worst
    product of the interpolation is 2^20 · 2^8 (entries 2^17.4 apart, 12 bits of fraction).
    """
    rise = -y if y < 0 else y
    run = -x if x < 0 else x
    steep = rise > run
    if steep:
        rise, run = run, rise
    if run == 0:
        return 0
    while run >= 0x100000:
        run >>= 1
        rise >>= 1
    scaled = rise << 10
    high = scaled // run
    ratio = (high << 10) + ((scaled - high * run) << 10) // run
    index = ratio >> 12
    low = ANGLE_TABLE[index]
    theta = low + (((ANGLE_TABLE[index + 1] - low) * (ratio & 0xFFF) + 0x800) >> 12)
    if steep:
        theta = 0x4000000 - theta
    if x < 0:
        theta = 0x8000000 - theta
    return (-theta if y < 0 else theta) & 0xFFFFFFF


# Random numbers for jitter: multiply-with-carry in 30 bits, no allocation, same everywhere.

_MULTIPLIER = const(16_365)
"""a·2^16 − 1 and (a·2^16 − 2)/2 are prime, so the period is (a·2^16 − 2)/2, about 5·10^8."""


class Prng:
    """A stream of 16-bit numbers from a seed (any integer)."""

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ seed >> 30) % (_MULTIPLIER * 65536 - 2) + 1
        for _ in range(8):
            self.next()

    def next(self) -> int:
        """The next number, 0 … 65535. Worst product 16 365 · 65 535 < 2^30."""
        self._state = _MULTIPLIER * (self._state & 0xFFFF) + (self._state >> 16)
        return self._state & 0xFFFF

    def below(self, limit: int) -> int:
        """A number 0 … limit − 1, limit up to 2^14 (worst product 2^14 · 2^16)."""
        return (self.next() * limit) >> 16
