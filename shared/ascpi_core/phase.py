"""The phase law: coherence, the means of a field, the oscillator, its supervisor and the lock.

Coherence C of a field and the band it lies in.

C = exp(−5·V) with the circular variance V = 1 − R. Bands, from the source's table: below 0.30
loose, to 0.60 forming, to 0.75 symbolic, above shared. A band is left only when C is HYSTERESIS
past its edge, so that a light does not flicker.
"""

from .fixed import (
    ONE,
    SINE_ONE,
    SINE_TABLE,
    TURN,
    angle,
    arc,
    const,
    cosine,
    exp_negative,
    ticks_diff,
)
from .ssep import WORD_MAXIMUM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .glyphs.glyph import Glyph
    from .peers import Peer
    from .topology import Topology

LOOSE = const(0)
FORMING = const(1)
SYMBOLIC = const(2)
SHARED = const(3)
BAND_NAMES = ("loose", "forming", "symbolic", "shared")

MIGRATION_THRESHOLD = const(21299)  # 0.65 in Q15
"""C above which a glyph may migrate (Q15)."""

HYSTERESIS = const(655)  # 0.02 in Q15
"""How far past an edge C must be before the band changes (Q15)."""

_EDGES = (9830, 19661, 24576)


def coherence_of(length: int) -> int:
    """C in Q15 from the resultant length R in Q15, within 5e-4. Worst product 163840 · 2955."""
    return exp_negative(5 * (ONE - length))


def next_band(band: int, value: int) -> int:
    """The band that follows `band` when the coherence is now `value` (Q15)."""
    while band < SHARED and value > _EDGES[band] + HYSTERESIS:
        band += 1
    while band > LOOSE and value < _EDGES[band - 1] - HYSTERESIS:
        band -= 1
    return band


# Fusion: what two fields become when they meet, and what many have in common.
#
# The source's operator takes two. `FieldMean` carries its means on to any number of nodes in a
# form that does not depend on who met whom first, so that all nodes come to the same values; for
# two nodes it is the operator itself.


class FieldMean:
    """Mean ΔΦ and harmonic mean κ of up to 511 nodes. `clear`, `add` each, then read.

    Reciprocals are summed as 2^30/κ: 511 of them stay in 30 bits while κ ≥ 2^-6, and become long
    integers below.
    """

    def __init__(self) -> None:
        self.count = 0
        self._dphi_sum = 0
        self._reciprocal_sum = 0
        self._uncoupled = False

    def clear(self) -> None:
        """Forget all nodes."""
        self.count = 0
        self._dphi_sum = 0
        self._reciprocal_sum = 0
        self._uncoupled = False

    def add(self, dphi: int, kappa: int) -> None:
        """Add one node's ΔΦ and κ (Q15). One κ of 0 makes the harmonic mean 0."""
        self.count += 1
        self._dphi_sum += dphi
        if kappa == 0:
            self._uncoupled = True
        else:
            self._reciprocal_sum += 0x3FFFFFFF // kappa

    def dphi(self) -> int:
        """Mean ΔΦ in Q15; 0 for no nodes."""
        return (2 * self._dphi_sum + self.count) // (2 * self.count) if self.count else 0

    def kappa(self) -> int:
        """Harmonic mean κ in Q15; 0 for no nodes. Not on the hot path: uses long integers."""
        if self._uncoupled or self.count == 0:
            return 0
        total = self._reciprocal_sum
        return ((self.count << 30) + (total >> 1)) // total


# Circular mean and resultant length of phases: Θ_cluster and the order behind C.

MAXIMUM_PHASES = const(511)
"""So many unit vectors of Q20 add up to less than 2^29."""

UNDEFINED_BELOW = const(1 << 11)
"""Resultant length (Q15) under which the mean direction is taken as undefined.

A tabled unit vector is off by 2.4e-6 at most; divided by this length that is 6e-6 turn, so a mean
that is defined is right to 2^-16 turn.
"""


class CircularMean:
    """Sum of unit vectors. `clear`, `add` each phase, then read `mean` and `length`."""

    def __init__(self) -> None:
        self.count = 0
        self._sines = 0
        self._cosines = 0

    def clear(self) -> None:
        """Forget all phases."""
        self.count = 0
        self._sines = 0
        self._cosines = 0

    def add(self, thetas: list[int], count: int) -> None:
        """Add the first `count` of `thetas` (any integers, taken modulo a turn).

        One loop over all, without calls: this is most of a supervision step. Sine and cosine
        are looked up side by side: same distance between entries, mirrored index.
        """
        table = SINE_TABLE
        sines = self._sines
        cosines = self._cosines
        for number in range(count):
            theta = thetas[number]
            fraction = theta & 0x1FFFF
            index = (theta >> 17) & 511
            rising = table[index]
            rising += ((table[index + 1] - rising) * fraction + 0x10000) >> 17
            index = 512 - index
            falling = table[index]
            falling += ((table[index - 1] - falling) * fraction + 0x10000) >> 17
            if theta & 0x4000000:
                if theta & 0x8000000:
                    sines -= falling
                    cosines += rising
                else:
                    sines += falling
                    cosines -= rising
            elif theta & 0x8000000:
                sines -= rising
                cosines -= falling
            else:
                sines += rising
                cosines += falling
        self._sines = sines
        self._cosines = cosines
        self.count += count

    def mean(self) -> int:
        """Circular mean in 2^-28 turn; meaningless where `length() < UNDEFINED_BELOW`."""
        return angle(self._sines, self._cosines)

    def length(self) -> int:
        """Resultant length R = |Σ e^(2πiθ)|/n in Q15, 0 … 1.0, within 8e-5; 0 for no phases.

        The components are brought to Q14, so the sum of their squares stays below 2^29; the root
        starts from max + ⅜·min (within 7 %) and needs two Newton steps.
        """
        scale = self.count << 6
        if scale == 0:
            return 0
        high = (abs(self._cosines) + (scale >> 1)) // scale
        low = (abs(self._sines) + (scale >> 1)) // scale
        if low > high:
            high, low = low, high
        square = high * high + low * low
        if square >= 0x10000000:
            return ONE
        square <<= 2
        root = (high << 1) + ((low * 3) >> 2)
        if root == 0:
            return 0
        root = (root + square // root) >> 1
        return (root + square // root) >> 1


# The state of a node's lock: four states, four events, and the table of what leads where.
#
# alone      hears nobody and has never been locked, or gave up
# acquiring  hears others and moves towards them
# locked     its phase is the cluster's, to LOCK_ARC, and has been for SETTLE_STEPS steps
# holdover   was locked and then lost everybody: it keeps the phase, at the rate it was steered to
#
# A node in the last two states is an *authority*: whoever is not locked follows it, and it does
# not follow those. Who is in holdover follows the locked, and is locked again when it has settled
# with them. So whoever comes moves and the cluster stays, even a cluster of one.

ALONE = const(0)
ACQUIRING = const(1)
LOCKED = const(2)
HOLDOVER = const(3)
LOCK_STATES = ("alone", "acquiring", "locked", "holdover")

AUTHORITY = const(LOCKED)
"""This state and those above it are authorities."""

LOCK_HEARD = const(0)
LOCK_DESERTED = const(1)
LOCK_SETTLED = const(2)
LOCK_STRAYED = const(3)

LOCK_RANKS = (0, 0, 2, 1)
"""Of each state: of the nodes present those of the highest rank count for the cluster's phase."""

# One row a state, one column an event.
LOCK_TRANSITIONS = (
    (ACQUIRING, ALONE, ALONE, ALONE),
    (ACQUIRING, ALONE, LOCKED, ACQUIRING),
    (LOCKED, HOLDOVER, LOCKED, ACQUIRING),
    (HOLDOVER, HOLDOVER, LOCKED, ACQUIRING),
)

SETTLE_STEPS = const(10)
"""Supervision steps (0.5 s by default) within LOCK_ARC until a node calls itself locked."""

SETTLE_BLINDLY_STEPS = const(60)
"""Likewise (3 s) where no peer has echoed a packet of ours: perhaps none ever will."""

LOCK_ARC = const((1 << 28) // 256)
"""Largest |phase error| to become locked: 3.9 ms at 1 turn/s; a lock means 0.01 turn."""

SETTLE_AGREEMENT = const(29491)  # 0.9 in Q15
"""Resultant length (Q15) from which phases count as agreeing: all within about 0.07 turn rms."""

STRAY_ARC = const((1 << 28) // 32)
"""|phase error| at which a lock is lost: eight times LOCK_ARC, so that it does not flicker."""


class Lock:
    """The present state. Feed `heard`/`deserted` by presence, `judge` once a supervision step."""

    def __init__(self) -> None:
        self.state = ALONE
        self._settled_steps = 0

    def on(self, event: int) -> None:
        """Follow the table."""
        state = LOCK_TRANSITIONS[self.state][event]
        if state != self.state:
            self.state = state
            self._settled_steps = 0

    def judge(self, error: int, agreement: int = ONE, measured: bool = True) -> None:
        """Settle or stray by the phase error (2^-28 turn) of one supervision step.

        `measured`: the delay to some peer is known; until then much of an error may be delay.

        `agreement` is the resultant length (Q15) of the phases that count. Whoever stands at the
        mean of phases that do not agree, or has the lowest id among them, has no error either.
        """
        if error < 0:
            error = -error
        if self.state >= AUTHORITY and error > STRAY_ARC:
            self.on(LOCK_STRAYED)
        elif self.state == LOCKED:
            return
        elif error > LOCK_ARC or agreement < SETTLE_AGREEMENT:
            self._settled_steps = 0
        else:
            self._settled_steps += 1
            if self._settled_steps >= (SETTLE_STEPS if measured else SETTLE_BLINDLY_STEPS):
                self.on(LOCK_SETTLED)


# The Global Phase Supervisor: a phase that advances with a board's ticks, exactly.
#
# The phase is a function of the ticks alone. How often `advance` is called changes nothing,
# because every fraction that one call leaves over is carried into the next; nor does the wrap of
# the ticks, as long as two calls lie less than half a period (8.9 min) apart.
#
# The rate is a word of 54 fractional bits (turns per µs), so one step is 5.6·10^-11 of 1 turn/s.
# It is kept in three pieces, since the product of a time and a rate does not fit in 31 bits:
# whole phase units per µs (up to 2^12) and two pieces of 13 bits.

RATE_MINIMUM_MHZ = const(10)
RATE_MAXIMUM_MHZ = const(10_000)
"""Nominal rates in thousandths of a turn per second: 0.01 … 10 turns/s."""

TRIM_MAXIMUM = const(1 << 24)
"""Largest |trim| in steps of 2^-54 turn/µs: at 1 turn/s ±931 ppm."""

_CHUNK_US = const(1 << 16)


class Oscillator:
    """Phase 0 … 2^28 − 1 as a function of ticks; `rate_mhz` in thousandths of a turn/s."""

    def __init__(self, rate_mhz: int, ticks: int, theta: int = 0) -> None:
        self.ticks = ticks
        self.theta = theta
        self.trim = 0
        self._rest_high = 0
        self._rest_low = 0
        word = ((rate_mhz << 55) + 10**9) // (2 * 10**9)
        self._nominal_whole = word >> 26
        self._nominal_fraction = word & 0x3FFFFFF
        self._set_rate()
        self._period_us = 10**9 // rate_mhz
        # The nominal word in 11 significant bits, for `drift_of_skew`.
        self._word_shift = 0
        while (word >> self._word_shift) > 2047:
            self._word_shift += 1
        self._word = word >> self._word_shift

    def _set_rate(self) -> None:
        fraction = self._nominal_fraction + self.trim
        self._whole = self._nominal_whole + (fraction >> 26)
        self._high = (fraction >> 13) & 0x1FFF
        self._low = fraction & 0x1FFF

    def set_trim(self, trim: int, now: int) -> None:
        """Run `trim` · 2^-54 turn/µs faster than nominal from ticks `now` on; clamped."""
        self.advance(now)
        self.trim = max(-TRIM_MAXIMUM, min(TRIM_MAXIMUM, trim))
        self._set_rate()

    def advance(self, now: int) -> None:
        """Move to ticks `now`: forward by up to 2^29 µs, or back by less than 65 ms.

        A clock that jumps further back has told nothing of how much time passed: the phase then
        stays and goes on from there.
        """
        elapsed = ticks_diff(now, self.ticks)
        self.ticks = now
        if -_CHUNK_US < elapsed < _CHUNK_US:
            # Worst products 2^16 · 2^13 and 2^16 · 2^12.
            low = elapsed * self._low + self._rest_low
            high = elapsed * self._high + (low >> 13) + self._rest_high
            self._rest_low = low & 0x1FFF
            self._rest_high = high & 0x1FFF
            self.theta = (self.theta + elapsed * self._whole + (high >> 13)) & 0xFFFFFFF
        elif elapsed > 0:
            self._leap(elapsed)

    def _leap(self, elapsed: int) -> None:
        """A long time at once: one microsecond's advance, doubled for each bit of the time."""
        whole, high, low = self._whole, self._high, self._low
        while elapsed:
            if elapsed & 1:
                self._rest_low += low
                self._rest_high += high + (self._rest_low >> 13)
                self.theta = (self.theta + whole + (self._rest_high >> 13)) & 0xFFFFFFF
                self._rest_low &= 0x1FFF
                self._rest_high &= 0x1FFF
            low <<= 1
            high = (high << 1) + (low >> 13)
            whole = ((whole << 1) + (high >> 13)) & 0xFFFFFFF
            low &= 0x1FFF
            high &= 0x1FFF
            elapsed >>= 1

    def at(self, now: int) -> int:
        """Phase at ticks `now`, within 16.7 s of the last `advance`, to 10 units."""
        elapsed = (((now - self.ticks) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
        if -_CHUNK_US < elapsed < _CHUNK_US:
            # The usual case, without a call.
            gained = elapsed * self._whole + ((elapsed * self._high) >> 13)
            return (self.theta + gained) & 0xFFFFFFF
        if elapsed < 0:
            return (self.theta - self.span(-elapsed)) & 0xFFFFFFF
        return (self.theta + self.span(elapsed)) & 0xFFFFFFF

    def span(self, elapsed: int) -> int:
        """Phase gained in 0 ≤ elapsed < 2^24 µs, modulo a turn, to 10 units of 2^-28 turn.

        Times of 65 ms and more are taken in two parts of at most 12 bits; worst product
        2^16 · 2^13.
        """
        high = self._high
        if elapsed < _CHUNK_US:
            return (elapsed * self._whole + ((elapsed * high) >> 13)) & 0xFFFFFFF
        coarse = elapsed >> 12
        fine = elapsed & 0xFFF
        whole = ((coarse * self._whole) & 0xFFFF) << 12
        fraction = ((elapsed >> 8) * high >> 5) + (((elapsed & 0xFF) * high) >> 13)
        fraction += ((elapsed >> 11) * self._low) >> 15
        return (whole + fine * self._whole + fraction) & 0xFFFFFFF

    def drift_of_skew(self, skew: int) -> int:
        """Rate in steps of 2^-54 turn/µs of a clock that runs `skew` · 2^-30 faster than ours.

        |skew| < 2^18 (244 ppm); right to 0.1 %. Worst product 2^18 · 2^11.
        """
        return (skew * self._word) >> (30 - self._word_shift)

    def duration(self, arc: int) -> int:
        """µs in which the phase advances by `arc` (2^-28 turn, up to a turn either way) at the
        nominal rate, to 2 µs. The trim is left out (50 ppm of a second are 50 µs): who waits for
        a phase asks again when it is near. Worst product 2^14 · 2^14.
        """
        coarse = arc >> 14
        high = self._period_us >> 13
        halves = coarse * high
        halves += (coarse * (self._period_us & 0x1FFF)) >> 13
        halves += ((arc & 0x3FFF) * high) >> 14
        return (halves + 1) >> 1


# Triggers: what happens once in a turn, as the phase reaches a θ: a pulse, a glyph's step.
#
# Steering can push the phase back over θ, or across it in one step. A trigger is therefore armed
# in the part of the turn that is far from its θ, and fires once: as θ is reached, or in the
# quarter of a turn behind it if it was jumped over. A stall of more than that loses the turn;
# several lost turns are not made up for.

QUARTER_TURN = const(1 << 26)
FAR_TURN = const(3 << 25)
"""So far behind its θ a trigger is armed again: an eighth of a turn beyond where it would still
fire, for so much steering can take back in one step, and then it would fire twice in a turn."""
_NEAR_AGAIN = const(3 << 26)


class Trigger:
    """Fires at `theta` (2^-28 turn). Whoever finds that it is due sets `armed` to False."""

    def __init__(self, theta: int) -> None:
        self.theta = theta
        self.armed = False


def arc_until(trigger: "Trigger | Glyph", theta: int) -> int:
    """How far the phase, now `theta`, has to go until `trigger` fires, in 2^-28 turn: 0 if now.

    A quarter turn at most: ask again by then, for it is armed by being asked.
    """
    past = (theta - trigger.theta) & 0xFFFFFFF
    if past < QUARTER_TURN:
        return 0 if trigger.armed else QUARTER_TURN
    if past >= _NEAR_AGAIN:
        return TURN - past if trigger.armed else QUARTER_TURN
    if past >= FAR_TURN:
        trigger.armed = True
    return QUARTER_TURN


# The Cluster Phase Supervisor: the law that steers Θ_local towards Θ_cluster, and its gears.
#
#     Θ_local ← Θ_local + α·(Θ_cluster − Θ_local)
#
# on the shortest arc, every supervision step. α is the configured one (0.01) in lock. Out of lock
# it is larger, for it would take 5 s to close two thirds of a gap otherwise.
#
# Crystals differ, and by itself the law would leave an error of 5 µs for each ppm. So the rate is
# steered, too, to the mean rate of those who count. With that term off the law is the source's.

ALPHA_SCALE = const(10_000)
"""α is given in ten-thousandths: 100 is the source's 0.01."""

ALPHA_DEFAULT = const(100)
ALPHA_ACQUIRE = const(2500)
ALPHA_APPROACH = const(1000)

APPROACH_ARC = const((1 << 28) // 64)
"""|phase error| under which the approach gear replaces the fast one: 1/64 turn."""


_SMALL_ERROR = const(100_000)
"""Errors up to here (0.4 ms at 1 turn/s) have a product of less than 2^30 with any α."""


def correction(error: int, alpha: int) -> int:
    """α·error to the nearest unit; |error| ≤ 2^27, alpha in ten-thousandths up to 10 000.

    In two parts, as the whole product would need 41 bits; worst product 13 422 · 10 000.
    """
    if -_SMALL_ERROR < error < _SMALL_ERROR:
        return (error * alpha + ALPHA_SCALE // 2) // ALPHA_SCALE
    whole = error // ALPHA_SCALE
    rest = error - whole * ALPHA_SCALE
    return whole * alpha + (rest * alpha + ALPHA_SCALE // 2) // ALPHA_SCALE


def gain_of(error: int, alpha: int, alpha_acquire: int) -> int:
    """The α of a step out of lock: `alpha_acquire` far off, the approach gear near by."""
    far = error > APPROACH_ARC or error < -APPROACH_ARC
    return max(alpha, alpha_acquire if far else min(ALPHA_APPROACH, alpha_acquire))


TRIM_LIMIT_PPM = const(250)
"""No crystal needs more; so far a node lets others lead its rate."""

STEER_EVERY = const(4)
"""Steps of the law to one of the rate: it changes slowly."""

_RATE_SHIFT = const(4)
"""1/16 of the difference of rates at a time: 3.2 s to close two thirds of it."""

_ERROR_MAXIMUM = const(1 << 12)
"""Phase error that the integral takes in at most, 15 µs at 1 turn/s: more is not a rate's."""

_LEAK_SHIFT = const(10)
"""The integral forgets itself in 2^10 times (3.4 min), so that what all share does not add up."""

_SLEW_PPM = const(8)
"""Once the rates are one, by how much the common one may change in 64 s."""


class RateSteering:
    """What Θ_local runs faster than nominal, in 2^-54 turn/µs: so that all run at one rate.

    That is the mean of the crystals' rates of those who count, by the same rule as the phase.
    Where it is not well known an integral of the phase error makes up for it, with a gain of
    α²/16 a step: a quarter of what would be critical damping by itself.
    """

    def __init__(self, alpha: int, step_us: int, rate_mhz: int) -> None:
        self._target = 0
        self._is_known = False
        self._is_precise = False
        self._is_steady = False
        self._common = 0
        self._integral = 0
        self._limit = min((1 << 24) - 1, TRIM_LIMIT_PPM * rate_mhz * 18)
        every_us = step_us * STEER_EVERY
        # Of an error in 2^-28 turn to 2^-54 turn/µs, in 2^-12.
        gain = alpha * alpha * STEER_EVERY * (1 << 34) // (step_us * ALPHA_SCALE**2)
        self._gain = min(1 << 15, gain)
        self._slew = max(1, _SLEW_PPM * rate_mhz * 18 * every_us // 64_000_000)

    def aim(self, rate: int, is_known: bool, is_precise: bool) -> None:
        """Take over what is known of the common rate: above our own crystal's, 2^-54 turn/µs."""
        self._target = rate
        self._is_known = is_known
        self._is_precise = is_precise

    def steer(self, error: int) -> int:
        """The new trim, at a step that saw the phase error `error`."""
        common = self._common
        if self._is_known:
            change = (self._target - common) >> _RATE_SHIFT
            slew = self._slew
            if self._is_steady:
                # One wild crystal among them is not to take the others along at once.
                if change > slew:
                    change = slew
                elif change < -slew:
                    change = -slew
            elif self._is_precise and -slew < change < slew:
                self._is_steady = True
            common = self._common = common + change
        else:
            self._is_steady = False
        if error > _ERROR_MAXIMUM:
            error = _ERROR_MAXIMUM
        elif error < -_ERROR_MAXIMUM:
            error = -_ERROR_MAXIMUM
        integral = self._integral + (error * self._gain >> 12)
        integral -= (integral + (1 << (_LEAK_SHIFT - 1))) >> _LEAK_SHIFT
        self._integral = integral
        return min(self._limit, max(-self._limit, common + integral))


# Θ_cluster and the order of the field, seen from one node.
#
# All phases are taken relative to the node's own, where sine and cosine are at their best, and
# where small arcs are their own sine: in a locked cluster the circular mean is the plain one.
#
# Whose phase counts: the nodes that the topology admits, self included. Where some of them are
# locked only those count, or else, where some are in holdover, those: a newcomer moves, the
# cluster stays. Where the phases cancel, the mean has no direction: then the admitted node with
# the lowest id is followed.
#
# A node with a wild phase may be among them, a broken one or a liar. So authorities are taken at
# their word only as far as most of them agree: a phase that lies further than `reach` from where
# the cluster was a step ago counts as if it lay just there, and one beyond _FAR times that, or
# beyond NEAR_ARC of the majority's, does not count at all.

SMALL_ARC = const((1 << 28) // 256)
"""Up to here an arc is taken for its sine; the mean is off by 4·10^-7 turn at most."""

NEAR_ARC = const((1 << 28) // 64)
"""Authorities that lie further apart do not agree."""

_FAR = const(6)


class ClusterPhase:
    """`look` once a supervision step, then read what it saw."""

    def __init__(self, node_id: int, maximum_peers: int) -> None:
        self.error = 0
        """Θ_cluster − Θ_local on the shortest arc, 2^-28 turn."""
        self.length = 0
        """Resultant length over everyone present, self included, Q15."""
        self.agreement = 0
        """Resultant length over those who count, Q15."""
        self.highest = 0
        """Rank (`LOCK_RANKS`) of those who count."""
        self.counts_self = True
        """Whether the own phase is among those that count."""
        self._node_id = node_id
        self._mean = CircularMean()
        # Phases relative to our own, ours first; then of those who count, peers only.
        self._arcs = [0] * (maximum_peers + 1)
        self._counted = [0] * (maximum_peers + 1)

    def look(  # noqa: PLR0915  one loop: a call costs as much as six iterations of an empty one
        self,
        present: "list[Peer]",
        shift: int,
        state: int,
        topology: "Topology",
        now: int,
        reach: int = 0,
    ) -> None:
        """See where everyone is at ticks `now`.

        `shift` is Θ_local minus the free oscillator, `state` that of our own lock. `reach` (2^-28
        turn, below 2^23) is how far from the cluster a phase still counts in full; 0 leaves the
        mean as it is.
        """
        arcs = self._arcs
        ranks = LOCK_RANKS
        own = highest = ranks[state]
        alike = topology.counts_all
        count = 0
        total = squares = 0
        # Of the others' arcs: our own phase is no stranger to us, however far we are off.
        low = SMALL_ARC
        high = -SMALL_ARC
        for peer in present:
            # `ticks_diff`, `arc` and the peer's line, written out: many calls fewer a step.
            elapsed = (((now - peer.offset_ticks) & 0x3FFFFFFF) ^ 0x20000000) - 0x20000000
            theta = peer.offset + ((peer.drift * (elapsed >> 10)) >> 8) - shift
            theta = ((theta & 0xFFFFFFF) ^ 0x8000000) - 0x8000000
            count += 1
            arcs[count] = theta
            if theta > high:
                high = theta
            if theta < low:
                low = theta
            total += theta >> 6
            # Of use where all are small; the mask keeps the sum of others in its bounds.
            theta >>= 13
            squares += theta * theta & 0xFFFF
            if peer.state != state:
                rank = ranks[peer.state]
                if rank != own:
                    alike = False
                    if rank > highest:
                        highest = rank
        self.highest = highest
        self.counts_self = own == highest and topology.counts_self
        if alike and high < SMALL_ARC and low > -SMALL_ARC:
            length = ONE - ((squares // (count + 1)) * 79 >> 17)
            self.length = self.agreement = length
            center = self.error
            if not reach or (high - center <= reach and center - low <= reach):
                # Each was cut by half a unit of 2^6 on average.
                self.error = ((total << 6) + (count << 5)) // (count + 1)
                return
        else:
            mean = self._mean
            mean.clear()
            mean.add(arcs, count + 1)
            self.length = mean.length()
        count = self._admit(present, highest, topology)
        if reach and self.counts_self and own:
            self._among_equals(count, reach)
        elif reach and highest:
            self._from_outside(count)
        else:
            self._circular(count)
        if self.agreement < UNDEFINED_BELOW:
            self._follow_lowest(present, highest, topology)

    def _admit(self, present: "list[Peer]", highest: int, topology: "Topology") -> int:
        """Gather the arcs of the peers that count, from place 1 on; how many."""
        arcs = self._arcs
        counted = self._counted
        count = 0
        for index in range(len(present)):
            peer = present[index]
            if LOCK_RANKS[peer.state] == highest and topology.counts(peer):
                count += 1
                counted[count] = arcs[index + 1]
        return count

    def _circular(self, count: int) -> None:
        """The circular mean of all who count."""
        mean = self._mean
        mean.clear()
        counted = self._counted
        counted[0] = 0
        own = 1 if self.counts_self else 0
        if not own and count:
            # Our own place is taken by the last.
            counted[0] = counted[count]
        mean.add(counted, count + own)
        self.agreement = mean.length()
        self.error = arc(mean.mean(), 0) if self.agreement >= UNDEFINED_BELOW else 0

    def _among_equals(self, count: int, reach: int) -> None:
        """One authority among others: the mean about where the cluster was, if most are there."""
        counted = self._counted
        center = self.error
        near = 1
        beyond = reach * _FAR
        # Our own phase, at 0, is one of them.
        total = min(reach, max(-reach, -center))
        for index in range(1, count + 1):
            away = counted[index] - center
            if -beyond <= away <= beyond:
                near += 1
                total += min(reach, max(-reach, away))
        if near * 2 <= count + 1:
            self._from_outside(count)
            return
        self.error = center + total // near
        self.agreement = ONE

    def _from_outside(self, count: int) -> None:
        """The mean of the majority that agrees; of all who count where there is none."""
        counted = self._counted
        candidate = votes = 0
        if self.counts_self:
            votes = 1
        for index in range(1, count + 1):
            # A vote by majority in one pass (Boyer and Moore 1981), with phases for names.
            away = arc(counted[index], candidate)
            if -NEAR_ARC < away < NEAR_ARC:
                votes += 1
            elif votes:
                votes -= 1
            else:
                candidate = counted[index]
                votes = 1
        kept = 0
        for index in range(1, count + 1):
            away = arc(counted[index], candidate)
            if -NEAR_ARC < away < NEAR_ARC:
                kept += 1
        ourselves = self.counts_self and -NEAR_ARC < candidate < NEAR_ARC
        everyone = count + 1 if self.counts_self else count
        if (kept + 1 if ourselves else kept) * 2 > everyone:
            self.counts_self = ourselves
            kept = 0
            for index in range(1, count + 1):
                away = arc(counted[index], candidate)
                if -NEAR_ARC < away < NEAR_ARC:
                    kept += 1
                    counted[kept] = counted[index]
            count = kept
        self._circular(count)

    def _follow_lowest(self, present: "list[Peer]", highest: int, topology: "Topology") -> None:
        """The error to the lowest id of those who count."""
        self.error = 0
        lowest = self._node_id if self.counts_self else WORD_MAXIMUM
        for index in range(len(present)):
            peer = present[index]
            admitted = LOCK_RANKS[peer.state] == highest and topology.counts(peer)
            if admitted and peer.node_id < lowest:
                lowest = peer.node_id
                self.error = self._arcs[index + 1]


# How a node looks: phase as brightness, band as colour. The same on an LED and on a screen.

BAND_COLOURS = ((255, 32, 0), (255, 150, 0), (0, 110, 255), (0, 255, 90))
"""Red, green, blue (0 … 255): loose red, forming amber, symbolic blue, shared green."""

FULL = const(255)


def brightness(theta: int) -> int:
    """0 … 255 for a phase: 255 at 0, dark at ½, as ((1 + cos)/2)², which looks even to the eye."""
    half = (cosine(theta) + SINE_ONE) >> 7
    return min(half * half >> 20, FULL)


def scaled(colour: int, level: int) -> int:
    """One channel (0 … 255) at a brightness (0 … 255)."""
    return (colour * level + 127) // FULL
