"""Sine, cosine and the angle of a vector, on phases of 2^-28 turn, by table and interpolation.

The tables are worked out once, in long integers, when this module is loaded: a quarter wave of
sine in 512 steps and the arc tangent of [0, 1] in 256. Linear interpolation then errs by
(π/1024)²/8 = 1.2e-6 in the sine and by 0.65·(1/256)²/8 rad = 2e-7 turn in the angle; with all
rounding a unit vector is off by 2.4e-6 at most and an angle by 6e-7 turn. Plain lists: on a
32-bit board a list of small integers takes no more room than an array, and is faster to read.
"""

SINE_ONE = 1 << 20
"""1.0 in the results of `sine` and `cosine` (Q20)."""

_SINE_STEPS = 512
_ANGLE_STEPS = 256
_GUARD_BITS = 60
# sin and cos of π/1024, and 1/(2π), times 2^60 (computed to 50 digits).
_SINE_STEP = 3537113327227485
_COSINE_STEP = 1152916078738702569
_TURNS_PER_RADIAN = 183493156455125077


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
