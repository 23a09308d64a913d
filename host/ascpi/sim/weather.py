"""When faults strike a simulated world: each kind by a stream of its own, until calm comes."""

from collections.abc import Callable

from ascpi.sim.dice import Dice
from ascpi.sim.flash import CUT_AFTER, CUT_BEFORE, CUT_WITHIN, DONE, REFUSED, Fate
from ascpi.sim.machine import Machine
from ascpi.sim.stage import Stage
from ascpi.sim.wipe import wipe

SECOND_US = 1_000_000

QUICK_WRITE_US = (1_500, 8_000)
"""What a write to a board's flash takes when nothing is wrong."""
SLOW_WRITE_US = 5_000
PARTLY_WRITTEN = 300_000
"""Of a million writes that fail, those that leave something behind."""
BACKUPS_EVERY_US = 3 * SECOND_US
BACKUPS = 8
"""So many backups of each board are kept."""
RESTARTED_US = 8 * SECOND_US
"""A board that could not read its flash is restarted after so much, on average."""
LONGEST_PAUSE_US = 4 * SECOND_US
LONGEST_OFF_US = 30 * SECOND_US


class Weather:
    """Strikes until `stop`."""

    def __init__(self, world: Stage) -> None:
        self.dice = Dice(world.seed, "weather")
        self._world = world
        self._mix = world.mix
        self._stopped = False
        self._writes = Dice(world.seed, "writes")
        self._reads = Dice(world.seed, "reads")
        self._off = Dice(world.seed, "off")
        self._backups: dict[int, list[bytes]] = {machine.node_id: [] for machine in world.machines}
        mix = self._mix
        self._often("replay", mix.replay_every_us, self._replay)
        self._often("clog", mix.clog_every_us, self._clog)
        self._often("oneway", mix.oneway_every_us, self._deafen)
        self._often("partition", mix.partition_every_us, self._part)
        self._often("power", mix.power_every_us, self._cut)
        self._often("pause", mix.pause_every_us, self._pause)
        self._often("refuse", mix.refuse_every_us, self._refuse)
        self._often("restore", mix.restore_every_us, self._restore)
        self._often("erase", mix.erase_every_us, self._erase)
        if mix.restore_every_us:
            self._often("backup", BACKUPS_EVERY_US, self._back_up)

    def stop(self) -> None:
        """No more of it."""
        self._stopped = True

    def _often(self, name: str, every_us: int, strike: Callable[[Dice], None]) -> None:
        """Let it strike again and again, `every_us` on average; 0: never."""
        if not every_us:
            return
        dice = Dice(self._world.seed, "strikes", name)

        def again() -> None:
            if self._stopped:
                return
            strike(dice)
            self._world.after(1 + dice.exponential(every_us), again)

        self._world.after(1 + dice.exponential(every_us), again)

    def _anyone(self, dice: Dice) -> Machine:
        return dice.choice(self._world.machines)

    def _link(self, dice: Dice) -> tuple[int, int]:
        count = len(self._world.machines)
        sender = 1 + dice.below(count)
        receiver = 1 + (sender + dice.below(count - 1)) % count
        return sender, receiver

    def _struck(self, name: str, machine: Machine | None, words: str = "") -> None:
        world = self._world
        world.struck[name] += 1
        world.trace.note(world.now_us, machine, name, words)

    # The air

    def _replay(self, dice: Dice) -> None:
        recorded = self._world.recorded
        machine = self._anyone(dice)
        place = dice.below(1 << 32)
        if recorded:
            self._struck("replay", machine)
            self._world.replay(machine, recorded[place % len(recorded)])

    def _clog(self, dice: Dice) -> None:
        sender, receiver = self._link(dice)
        until_us = self._world.now_us + 1 + dice.exponential(self._mix.clog_us)
        self._world.trace.note(self._world.now_us, None, "clog", f"{sender} → {receiver}")
        self._world.sky.clog(sender, receiver, until_us)

    def _deafen(self, dice: Dice) -> None:
        sender, receiver = self._link(dice)
        until_us = self._world.now_us + 1 + dice.exponential(self._mix.oneway_us)
        self._world.trace.note(self._world.now_us, None, "oneway", f"{sender} → {receiver}")
        self._world.sky.deafen(sender, receiver, until_us)

    def _part(self, dice: Dice) -> None:
        """One side is drawn, the rest is the other; it heals when its time is over, unless the air
        has fallen apart in another way since."""
        world = self._world
        count = len(world.machines)
        sides = 1 + dice.below((1 << count) - 2)
        group = [place + 1 for place in range(count) if sides >> place & 1]
        until_us = 1 + dice.exponential(self._mix.partition_us)
        world.trace.note(world.now_us, None, "partition", f"{group}")
        world.sky.part(group, world.now_us + until_us)

    # Boards

    def _cut(self, dice: Dice) -> None:
        machine = self._anyone(dice)
        if machine.node is not None:
            self._struck("power", machine)
            machine.cut("at any time")

    def power_returns(self, machine: Machine) -> None:
        """A machine has lost its power: when it comes back."""
        off_us = 1 + min(LONGEST_OFF_US, self._off.exponential(self._mix.off_us))
        self._world.boot_later(machine, SECOND_US if self._stopped else off_us)

    def _pause(self, dice: Dice) -> None:
        machine = self._anyone(dice)
        pause_us = min(LONGEST_PAUSE_US, 1 + dice.exponential(self._mix.pause_us))
        if machine.node is not None:
            self._struck("pause", machine, f"{pause_us} µs")
            until_us = self._world.now_us + pause_us
            machine.busy_until_us = max(machine.busy_until_us, until_us)

    def _refuse(self, dice: Dice) -> None:
        machine = self._anyone(dice)
        until_us = self._world.now_us + 1 + dice.exponential(self._mix.refuse_us)
        self._world.trace.note(self._world.now_us, machine, "refuse", "")
        machine.refusing_until_us = max(machine.refusing_until_us, until_us)

    def _back_up(self, dice: Dice) -> None:
        machine = self._anyone(dice)
        kept = self._backups[machine.node_id]
        if machine.flash.content:
            kept.append(machine.flash.content)
            del kept[:-BACKUPS]

    def _restore(self, dice: Dice) -> None:
        machine = self._anyone(dice)
        kept = self._backups[machine.node_id]
        place = dice.below(BACKUPS)
        if kept:
            self._struck("restore", machine)
            wipe(self._world, machine, kept[place % len(kept)])

    def _erase(self, dice: Dice) -> None:
        machine = self._anyone(dice)
        if machine.flash.content:
            self._struck("erase", machine)
            wipe(self._world, machine, b"")

    # Reads and writes

    def before_boot(self, machine: Machine) -> None:
        """Whether it can read its flash this time; if not, somebody restarts it by and by."""
        machine.flash.is_readable = self._stopped or not self._reads.strikes(self._mix.misread)
        if machine.flash.is_readable:
            return
        self._struck("misread", machine)
        epoch = machine.epoch + 1

        def restart() -> None:
            if machine.epoch == epoch and machine.node is not None:
                machine.cut("to read its flash again")

        self._world.after(1 + self._reads.exponential(RESTARTED_US), restart)

    def fate_of_write(self, machine: Machine, what: str, count: int) -> Fate:
        """What becomes of a write of so many bytes; it takes the board its time."""
        world = self._world
        dice = self._writes
        if self._stopped:
            took_us = dice.between(*QUICK_WRITE_US)
        elif self._mix.slow_us:
            took_us = dice.between(SLOW_WRITE_US, max(SLOW_WRITE_US, self._mix.slow_us))
            world.struck["slow"] += 1
        else:
            took_us = dice.between(*QUICK_WRITE_US)
        machine.busy_until_us = max(machine.busy_until_us, world.now_us + took_us)
        if self._stopped:
            return DONE
        if world.now_us < machine.refusing_until_us:
            partly = what == "append" and dice.strikes(PARTLY_WRITTEN)
            return Fate(REFUSED, dice.below(count + 1) if partly else 0)
        if self._mix.tear and dice.strikes(self._mix.tear):
            outcome = (CUT_BEFORE, CUT_WITHIN, CUT_AFTER)[dice.below(3)]
            if what == "replace" and outcome == CUT_WITHIN:
                outcome = CUT_BEFORE  # the new file lies beside the old one
            return Fate(outcome, dice.below(count) if outcome == CUT_WITHIN else 0)
        return DONE
