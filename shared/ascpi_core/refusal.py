"""Why a datagram was not taken: one code and one counter for each reason."""

ACCEPTED = 0
EMPTY = 1
LENGTH = 2
FOREIGN = 3
VERSION = 4
KIND = 5
CLUSTER = 6
UNTAGGED = 7
FORGED = 8
KEYED = 9
FIELD = 10
OWN = 11
COLLISION = 12
OLD_EPOCH = 13
DUPLICATE = 14
LATE = 15
TABLE_FULL = 16
STRANGER = 17

NAMES = (
    "accepted",
    "empty",
    "length",
    "foreign",
    "version",
    "kind",
    "cluster",
    "untagged",
    "forged",
    "keyed",
    "field",
    "own",
    "collision",
    "old_epoch",
    "duplicate",
    "late",
    "table_full",
    "stranger",
)

MEANINGS = (
    "taken",
    "a datagram without a byte in it",
    "not 64 bytes long",
    "not SSEP: the first two bytes are others",
    "another version of SSEP",
    "a kind of packet that this version does not know",
    "of another cluster on the same network",
    "this cluster has a key and the packet has no tag",
    "the tag does not match: another key, or altered on the way",
    "the packet has a tag and this node has no key to check it",
    "a field lies outside its range",
    "this node's own packet, heard again",
    "another node sends with this node's id",
    "from before the sender's restart",
    "heard before: a duplicate or a replay",
    "older than the newest packet of its sender",
    "no room for another node (raise max_peers)",
    "about glyphs, from a node whose beacon was not heard yet",
)
