"""`ascpi sim`: the fourth world. The real core, on boards to which everything happens.

The nodes, motors and journals are those of the boards; virtual are the time, the crystals, the
air, the flash and the power. docs/sim.md says what is simulated and what is checked.

    faults.py     every fault by name, and one seed's mix of them
    options.py    what is asked for
    dice.py       streams of chance in integers
    clock.py      crystals and ticks of the boards
    air.py        what becomes of a packet
    flash.py      a flash, and the faults of a write
    probe.py      types of glyphs that tell when they run
    tagger.py     tags, each made out once
    machine.py    one board
    cast.py       which glyphs are born, where and when
    stage.py      the world as those see it who act in it
    acts.py       what people do: births, moves, ends
    weather.py    when faults strike
    wipe.py       old backups put back, erased flashes
    world.py      machines, air and time
    shadow.py     the journal's format, read a second time
    checker.py    what must never be false: where glyphs are
    course.py     what must never be false: what is written, sent and run
    amnesty.py    what a wiped history excuses
    settle.py     what must become true once the faults have stopped
    trace.py      everything that happens, as text
    run.py        one seed
    workers.py    many seeds
    mutants.py    hand-offs broken on purpose
    shrink.py     failing cases made smaller
    document.py   figures and summary
    command.py    the command line
"""
