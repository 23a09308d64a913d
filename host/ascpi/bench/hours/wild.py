"""Nodes that lie, or whose crystal is broken, beside honest ones.

A liar's node runs as any other: only what the others hear of it is rewritten on the air, and it
knows how to be believed. It says that it is locked, and claims to be sure of that to a µs.
"""

import cmath
import math
import random
from collections.abc import Callable
from dataclasses import replace

from ascpi.air.noise import seed_of
from ascpi.bench.hours.options import Wild
from ascpi.simulation import Field, resultant
from ascpi_core.fixed import TURN
from ascpi_core.phase import LOCKED
from ascpi_core.ssep import KIND_BEACON, PACKET_BYTES, Beacon

WANDER_TURNS = 0.1
"""A wandering phase stays within ±0.1 turn,"""
STEP_TURNS = 0.01
"""moves by up to 0.01 from beacon to beacon,"""
JUMP_SHARE = 0.05
"""and jumps anywhere within its bounds with one beacon in twenty."""

RATE = 500e-6
BROKEN_PPB = 300_000
CLAIM_US = 1

Lie = Callable[[], float]
"""How far ahead of its own phase the liar says it is, in turns."""


class Liar:
    """Rewrites the beacons of one board: a hook for `Field.alter`."""

    def __init__(self, node_id: int, lie: Lie) -> None:
        self._node_id = node_id
        self._lie = lie
        self._beacon = Beacon()

    def __call__(self, sender: int, packet: bytes) -> bytes:
        if sender != self._node_id or packet[3] != KIND_BEACON:
            return packet
        beacon = self._beacon
        beacon.decode(packet)
        beacon.theta = (beacon.theta + round(self._lie() * TURN)) % TURN
        beacon.mode = beacon.mode & 0xF3 | LOCKED << 2
        beacon.claim_us = CLAIM_US
        altered = bytearray(PACKET_BYTES)
        beacon.encode(altered)
        return bytes(altered)


def begin(field: Field, wild: Wild) -> None:
    """From now on this board of the field is wild."""
    if wild.kind == "crystal":
        board = field.boards[wild.node_id]
        broken = replace(board.crystal, ppb=board.crystal.ppb + BROKEN_PPB)
        board.change_crystal(field.now_us, broken)
        return
    lies = {"phase": _wandering, "rate": _fast, "chase": _ahead}
    field.alter = Liar(wild.node_id, lies[wild.kind](field, wild))


def _wandering(field: Field, wild: Wild) -> Lie:
    dice = random.Random(seed_of(field.seed, "liar", wild.node_id))
    away = 0.0

    def lie() -> float:
        nonlocal away
        if dice.random() < JUMP_SHARE:
            away = dice.uniform(-WANDER_TURNS, WANDER_TURNS)
        else:
            away += dice.uniform(-STEP_TURNS, STEP_TURNS)
            away = max(-WANDER_TURNS, min(WANDER_TURNS, away))
        return away

    return lie


def _fast(field: Field, wild: Wild) -> Lie:
    began_us = field.now_us
    return lambda: (field.now_us - began_us) / 1e6 * RATE


def _ahead(field: Field, wild: Wild) -> Lie:
    """It sees where the others truly are, which no node can: worse than any real one."""

    def lie() -> float:
        others = [
            board.turns(field.now_us)
            for board in field.boards.values()
            if board.node is not None and board.node_id != wild.node_id
        ]
        mean = cmath.phase(resultant(others)) / math.tau
        own = field.boards[wild.node_id].turns(field.now_us)
        return mean + wild.ahead_us / 1e6 - own

    return lie
