"""Vectors of tags, by Python's own hmac."""

import random
from typing import Any

from tests.runtimes.golden.packets import drawn, pack, tag_of

# Around the block of 64 bytes, from where on a key is hashed first.
KEY_LENGTHS = (1, 8, 32, 63, 64, 65, 200)


def tags() -> list[dict[str, Any]]:
    dice = random.Random(2)
    made = []
    for length in KEY_LENGTHS:
        for number in range(3):
            key, packet = dice.randbytes(length), pack(drawn(dice))
            made.append(
                {
                    "name": f"key of {length} bytes, {number}",
                    "key": key.hex(),
                    "packet": packet.hex(),
                    "tag": tag_of(packet, key).hex(),
                    "spoilt_bit": dice.choice((0, 447, 448, 511, dice.randrange(512))),
                }
            )
    return made
