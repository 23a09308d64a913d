"""The program as boards get it: core and firmware, a few files in place of sixty.

Finding, opening and naming a file is what takes a board its time and its memory when it boots. So
modules are joined, in the order in which they need each other, to *units*, and imports between
them fall away. Whole numbers that are written `NAME = const(…)` are known to MicroPython's
compiler, and a name with an underscore before it is kept nowhere else: so each gets one.

Nothing else is changed: what a function says is what its module says. That this can be done so
simply rests on what the sources keep to, and `join` says where one does not:

* a name that a module defines is defined in no other module of the program;
* a name means the same in all modules of a unit, and each defines or imports what it uses;
* a module takes names from others, as they are called, and never the modules themselves;
* `NAME = const(…)` stands at the top of a module, and nothing else is called as it is;
* no f-strings (their inside cannot be seen before Python 3.12).
"""

import ast
import builtins
import io
import symtable
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from ascpi.flash.errors import FlashError

Name = tuple[str, ...]
"""Of a module, in parts."""
_BUILT_IN = frozenset({*dir(builtins), "const", "__name__"})
_SCOPES = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
"""What binds names of its own."""


@dataclass(frozen=True)
class Unit:
    """One file on the board: its name, and the modules in it (or packages, with all of theirs).

    `known_as`: the module for whose sake others import it by that name, as users' types do.
    """

    name: str
    modules: tuple[str, ...]
    known_as: str = ""


class _Module:
    """One source: what it defines, what it takes from elsewhere, and from where."""

    def __init__(self, path: str, source: bytes) -> None:
        parts = path.strip("/").removesuffix(".py").split("/")
        self.path = path.lstrip("/")
        self.package = tuple(parts[:-1])
        self.name: Name = self.package if parts[-1] == "__init__" else tuple(parts)
        self.text = source.decode("utf-8")
        try:
            self.tree = ast.parse(self.text)
        except SyntaxError as error:
            raise FlashError(
                f"{self.path} does not compile: line {error.lineno}: {error.msg}"
            ) from None
        self.imports = [node for node in _walk(self.tree) if isinstance(node, ast.ImportFrom)]
        self.bound = list(_bound(self.tree))
        """Names of the module, and what binds each."""
        self.defined = [
            name for name, node in self.bound if not isinstance(node, ast.Import | ast.ImportFrom)
        ]
        self.used, self.own = _scopes(self.text)
        """Names that it takes from itself or the interpreter, and those within its functions and
        classes."""

    def source_of(self, node: ast.ImportFrom) -> Name:
        """The module that an import means."""
        above = self.package[: len(self.package) - node.level + 1] if node.level else ()
        return above + (tuple(node.module.split(".")) if node.module else ())


@cache
def _module(path: str, source: bytes) -> _Module:
    """The same program is joined more than once, with other constants."""
    return _Module(path, source)


@dataclass
class Program:
    """Sources that are to be joined: `modules` by name, the unit of each, and the constants."""

    modules: dict[Name, _Module]
    unit_of: dict[Name, str]
    constants: dict[str, object] = field(default_factory=dict)
    home: dict[str, Name] = field(default_factory=dict)
    owners: dict[str, Name] = field(default_factory=dict)

    def where(self, module: _Module, node: ast.ImportFrom) -> Name | None:
        """The module of this program that an import takes names from; None: another's."""
        name = module.source_of(node)
        return name if name in self.modules else None

    def constant_home(self, name: str) -> str:
        """The module of a constant that is called so, perhaps once it is joined; or empty."""
        for constant in (name, name.removeprefix("_")):
            if constant in self.constants:
                return ".".join(self.home[constant])
        return ""


def join(
    sources: Mapping[str, bytes], units: Sequence[Unit], constants: Mapping[str, object]
) -> dict[str, bytes]:
    """Path on the board ("/NAME.py") → source, of every unit.

    `sources`: path ("/ascpi_core/node.py") → source. `constants`: others than theirs, by name.
    FlashError if a source breaks a rule of these sources, if a module is in no unit, or if units
    need each other in a circle.
    """
    program = _read(sources, units, constants)
    for unit in units:
        _require_meanings(program, unit)
    _require_order(program, units)
    return {f"/{unit.name}.py": _unit(program, unit).encode() for unit in units}


def redirected(
    path: str, source: bytes, sources: Mapping[str, bytes], units: Sequence[Unit]
) -> bytes:
    """A source from outside the program, that it may run beside the units: with its imports from
    them, and the constants that it takes as they are."""
    program = _read(sources, units, {})
    module = _module(path, source)
    edits: dict[ast.stmt, str] = {}
    for node in module.imports:
        found = program.where(module, node)
        if found is None:
            continue
        words = []
        for alias in node.names:
            local = alias.asname or alias.name
            if alias.name == "const":
                continue  # the compiler's
            if alias.name in program.constants:
                words.append(f"{local} = {program.constants[alias.name]!r}")
            else:
                unit = program.unit_of[program.home.get(alias.name, found)]
                words.append(f"from {unit} import {alias.name} as {local}")
        edits[node] = "; ".join(words) or "pass"
    return _edited(module, edits).encode()


def _read(
    sources: Mapping[str, bytes], units: Sequence[Unit], others: Mapping[str, object]
) -> Program:
    modules = {}
    for path, source in sources.items():
        module = _module(path, source)
        modules[module.name] = module
    unit_of = {name: _home(name, units) for name in modules}
    program = Program(modules, unit_of)
    for module in _ordered(program, modules.values()):
        _note(program, module, others)
    unknown = sorted(others.keys() - program.constants.keys())
    if unknown:
        raise FlashError(f"{unknown[0]} is no constant of the program: it cannot be another")
    for module in modules.values():
        _require_rules(program, module)
    return program


def _home(name: Name, units: Sequence[Unit]) -> str:
    """The unit whose entry for this module is the longest."""
    found = ""
    longest = -1
    for unit in units:
        for entry in unit.modules:
            parts = tuple(entry.split("."))
            if name[: len(parts)] == parts and len(parts) > longest:
                found, longest = unit.name, len(parts)
    if not found:
        raise FlashError(f"{'.'.join(name)} is in no unit of the program: name it in one")
    return found


def _note(program: Program, module: _Module, others: Mapping[str, object]) -> None:
    """Its names, which nobody else may have, and the values of its constants."""
    for name in module.defined:
        program.home[name] = module.name
        # A constant gets an underscore before its name.
        other = program.owners.setdefault(name.lstrip("_"), module.name)
        if other != module.name:
            raise FlashError(
                f"{module.path} defines {name}, and so does {'.'.join(other)}: joined into one "
                "program they would be one; give one of them another name"
            )
    for statement in module.tree.body:
        target = _constant_of(statement)
        if target is not None:
            name, expression = target
            if name in others:
                program.constants[name] = others[name]
                continue
            code = compile(ast.Expression(expression), module.path, "eval")
            at = f"{module.path}, line {statement.lineno}"
            try:
                value = eval(code, {"__builtins__": {}}, program.constants)
            except NameError as error:
                raise FlashError(
                    f"{at}: {error.name} is no constant that is known there, and {name} needs it"
                ) from None
            except Exception as error:  # noqa: BLE001  whatever it says there
                raise FlashError(f"{at}: {name} has no value: {error}") from None
            program.constants[name] = value


def _require_rules(program: Program, module: _Module) -> None:
    noted = [
        node.value
        for node in module.tree.body
        if isinstance(node, ast.Assign) and _constant_of(node) is not None
    ]
    for node in _walk(module.tree):
        at = f"{module.path}, line {getattr(node, 'lineno', 0)}"
        if _is_const(node) and node not in noted:
            raise FlashError(f"{at}: const(…); write NAME = const(value), at the top of a module")
        if isinstance(node, ast.JoinedStr):
            raise FlashError(f"{at}: an f-string; the program's are written with %")
        if isinstance(node, ast.Import):
            taken = [
                alias.name
                for alias in node.names
                if tuple(alias.name.split(".")) in program.modules
            ]
            if taken:
                raise FlashError(
                    f"{at}: takes the module {taken[0]}; take the names that it needs"
                )
        if isinstance(node, ast.ImportFrom):
            _require_names(program, module, node, at)


def _require_names(program: Program, module: _Module, node: ast.ImportFrom, at: str) -> None:
    found = program.where(module, node)
    for alias in node.names:
        if alias.name == "*":
            raise FlashError(f"{at}: takes all names; take those that it needs")
        if (*module.source_of(node), alias.name) in program.modules:
            raise FlashError(f"{at}: takes the module {alias.name}; take the names that it needs")
        if found is None:
            continue
        if alias.asname:
            raise FlashError(f"{at}: calls {alias.name} {alias.asname}; call it as it is called")
        if program.home.get(alias.name) != found and alias.name != "const":
            raise FlashError(f"{at}: {'.'.join(found)} does not define {alias.name}")


@dataclass(frozen=True)
class _Said:
    """What a name means in one module, and where it first says so."""

    meanings: frozenset[str]
    at: str
    what: str


def _require_meanings(program: Program, unit: Unit) -> None:
    """Each name of a unit has one meaning, whichever of its modules says it."""
    own = [
        module for module in program.modules.values() if program.unit_of[module.name] == unit.name
    ]
    known: dict[str, _Said] = {}
    for module in own:
        for name, said in _names_of(program, module).items():
            constant = program.constant_home(name)
            if constant and said.meanings != {f"a name of {constant}"}:
                raise _clash(said.at, name, said.what, f"a constant of {constant}")
            other = known.setdefault(name, said)
            if other.meanings != said.meanings:
                raise _clash(said.at, name, said.what, f"in {other.at} {other.what}")
    for module in own:
        _require_own_names(program, module, known)


def _require_own_names(program: Program, module: _Module, known: Mapping[str, _Said]) -> None:
    """What a module takes as built in nobody defines in its unit, and no function calls what it
    has as a constant is called."""
    for name in sorted(module.used - {name for name, _ in module.bound}):
        if name not in _BUILT_IN:
            at = _place(module, name, load=True)
            raise FlashError(f"{at}: uses {name}, which it neither defines nor imports")
        if name in known:
            other = f"in {known[name].at} {known[name].what}"
            raise _clash(_place(module, name, load=True), name, "built in", other)
    for name in sorted(module.own):
        constant = program.constant_home(name)
        if constant:
            at = _place(module, name, load=False)
            raise _clash(at, name, "a function's or a class's", f"a constant of {constant}")


def _clash(at: str, name: str, what: str, other: str) -> FlashError:
    return FlashError(
        f"{at}: {name} is {what}, and {other}: joined into one program they would be one; give "
        "one of them another name"
    )


def _names_of(program: Program, module: _Module) -> dict[str, _Said]:
    """All that are a module's."""
    found: dict[str, _Said] = {}
    for name, node in module.bound:
        what = _meaning(program, module, name, node)
        first = found.get(name) or _Said(frozenset(), f"{module.path}, line {node.lineno}", what)
        found[name] = _Said(first.meanings | {what}, first.at, first.what)
    return found


def _meaning(program: Program, module: _Module, name: str, node: ast.AST) -> str:
    """What a name of a module is, in words that are the same only for the same thing."""
    if isinstance(node, ast.Import):
        alias = next(one for one in node.names if _bound_by(one) == name)
        return f"the module {alias.name if alias.asname else name}"
    if isinstance(node, ast.ImportFrom) and program.where(module, node) is None:
        alias = next(one for one in node.names if _bound_by(one) == name)
        return f"{alias.name} of {'.'.join(module.source_of(node))}"
    return f"a name of {'.'.join(program.home[name])}"


def _require_order(program: Program, units: Sequence[Unit]) -> None:
    """Of the units: one that is being loaded cannot give what stands further down in it."""
    needs: dict[str, set[str]] = {unit.name: set() for unit in units}
    for module in program.modules.values():
        own = program.unit_of[module.name]
        for node in module.tree.body:
            if isinstance(node, ast.ImportFrom) and program.where(module, node) is not None:
                names = {alias.name for alias in node.names} - program.constants.keys() - {"const"}
                needs[own] |= {program.unit_of[program.home[name]] for name in names} - {own}
    done: set[str] = set()

    def visit(unit: str, path: list[str]) -> None:
        if unit in path:
            circle = " → ".join([*path[path.index(unit) :], unit])
            raise FlashError(f"units need each other in a circle: {circle}")
        if unit not in done:
            for other in sorted(needs[unit]):
                visit(other, [*path, unit])
            done.add(unit)

    for unit in units:
        visit(unit.name, [])


def _unit(program: Program, unit: Unit) -> str:
    """One unit's source."""
    own = [
        module for module in program.modules.values() if program.unit_of[module.name] == unit.name
    ]
    own = _ordered(program, own)
    parts = []
    seen: set[str] = set()
    used: set[str] = set()
    for module in own:
        edits: dict[ast.stmt, str] = {}
        for statement in _walk(module.tree):
            if isinstance(statement, ast.stmt):
                said = _instead(program, unit, module, statement, seen)
                if said is not None:
                    edits[statement] = said
        text = _renamed(_edited(module, edits), program.constants, used)
        parts.append(text)
    defined = {name for module in own for name in module.defined}
    borrowed = sorted(used - defined)
    head = "".join(
        f"_{name.lstrip('_')} = const({program.constants[name]!r})\n" for name in borrowed
    )
    return head + "\n".join(parts) + _known_as(program, unit)


def _known_as(program: Program, unit: Unit) -> str:
    """What lets others find a unit by the name of one of its modules: constants under their own
    names, and the names that the unit itself takes from another."""
    if not unit.known_as:
        return ""
    name = tuple(unit.known_as.split("."))
    if program.unit_of.get(name) != unit.name:
        raise FlashError(
            f"{unit.name} is known as {unit.known_as}, and no module of it is called so"
        )
    module = program.modules[name]
    lines = []
    for exported in sorted(_exported(module.tree)):
        if exported not in program.home:
            raise FlashError(f"{module.path} exports {exported}, which nothing defines")
        home = program.home[exported]
        if exported in program.constants:
            lines.append(f"{exported} = {program.constants[exported]!r}")
        elif program.unit_of[home] != unit.name:
            lines.append(f"from {program.unit_of[home]} import {exported}")
    lines.append("import sys")
    for length in range(1, len(name) + 1):
        lines.append(f"sys.modules[{'.'.join(name[:length])!r}] = sys.modules[__name__]")
    return "\n".join(lines) + "\n"


def _instead(
    program: Program, unit: Unit, module: _Module, node: ast.stmt, seen: set[str]
) -> str | None:
    """What stands in a unit in place of a statement; None: the statement itself."""
    top = node in module.tree.body
    if top and _is_for_types(node):
        return ""
    if _is_for_builder(node):
        return ""
    named = _constant_of(node)
    if named is not None:
        return f"{named[0]} = const({program.constants[named[0]]!r})"
    if isinstance(node, ast.Import):
        said = ast.unparse(node)
        if top and said in seen:
            return ""
        if top:
            seen.add(said)
        return None
    if not isinstance(node, ast.ImportFrom) or program.where(module, node) is None:
        return None
    wanted: dict[str, list[str]] = {}
    for alias in node.names:
        if alias.name == "const" or alias.name in program.constants:
            continue
        other = program.unit_of[program.home[alias.name]]
        if other != unit.name and not (top and f"{other}.{alias.name}" in seen):
            wanted.setdefault(other, []).append(alias.name)
            if top:
                seen.add(f"{other}.{alias.name}")
    lines = [f"from {other} import {', '.join(names)}" for other, names in wanted.items()]
    return "; ".join(lines) or ("" if top else "pass")


def _edited(module: _Module, edits: Mapping[ast.stmt, str]) -> str:
    """The source with other text in the place of some statements, each on lines of its own."""
    lines = module.text.split("\n")
    for node in sorted(edits, key=lambda node: -node.lineno):
        end = node.end_lineno or node.lineno
        indent = " " * node.col_offset
        lines[node.lineno - 1 : end] = [indent + edits[node]] if edits[node] else []
    return "\n".join(lines)


def _renamed(text: str, constants: Mapping[str, object], used: set[str]) -> str:
    """Each constant with an underscore before its name; those that occur are noted in `used`."""
    lines = text.split("\n")
    places: list[tuple[int, int, str]] = []
    before = ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and token.string in constants and before != ".":
            used.add(token.string)
            if not token.string.startswith("_"):
                places.append((*token.start, token.string))
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            before = token.string
    for row, column, _ in reversed(places):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + "_" + line[column:]
    return "\n".join(lines)


def _ordered(program: Program, modules: Iterable[_Module]) -> list[_Module]:
    """Each after those that it needs when it is loaded."""
    waiting = sorted(modules, key=lambda module: module.name)
    known = {module.name for module in waiting}
    done: list[_Module] = []
    path: list[Name] = []

    def visit(module: _Module) -> None:
        if module in done:
            return
        if module.name in path:
            around = [*path[path.index(module.name) :], module.name]
            circle = [".".join(name) for name in around]
            raise FlashError(f"modules need each other in a circle: {' → '.join(circle)}")
        path.append(module.name)
        for node in module.tree.body:
            if isinstance(node, ast.ImportFrom):
                other = module.source_of(node)
                if other in known and other != module.name:
                    visit(program.modules[other])
        path.pop()
        done.append(module)

    for module in waiting:
        visit(module)
    return done


def _walk(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but those that only type checkers read."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not _is_for_types(node):
            waiting.extend(ast.iter_child_nodes(node))


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _bound(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Names of a module, wherever in it they are bound, and the statements that do that."""
    waiting: list[tuple[ast.AST, ast.stmt]] = [(node, node) for node in reversed(tree.body)]
    while waiting:
        node, statement = waiting.pop()
        if _is_for_types(node) or _is_for_builder(node):
            continue
        if isinstance(node, ast.stmt):
            statement = node
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((_bound_by(one), node) for one in node.names if one.name != "const")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
            for inner in ast.walk(node):
                if isinstance(inner, ast.Global):
                    yield from ((name, inner) for name in inner.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, statement
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name, statement
        if not isinstance(node, _SCOPES):
            inside = list(ast.iter_child_nodes(node))
            waiting.extend((child, statement) for child in reversed(inside))


def _bound_by(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _scopes(text: str) -> tuple[set[str], set[str]]:
    """Names that are looked up in the module or the interpreter, and those of functions and
    classes, and of arguments that are given by name."""
    bare = _Bare().visit(ast.parse(text))
    used: set[str] = set()
    own = {node.arg for node in ast.walk(bare) if isinstance(node, ast.keyword) and node.arg}
    module = symtable.symtable(ast.unparse(bare), "", "exec")
    waiting = [module]
    while waiting:
        table = waiting.pop()
        for symbol in table.get_symbols():
            if table is module or symbol.is_global():
                if symbol.is_referenced():
                    used.add(symbol.get_name())
            elif symbol.is_local() and not symbol.is_imported():
                own.add(symbol.get_name())
        waiting.extend(table.get_children())
    return used, own


class _Bare(ast.NodeTransformer):
    """Takes away what MicroPython passes over."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return ast.Pass() if _is_for_types(node) else self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        return self.generic_visit(ast.Assign([node.target], node.value, lineno=node.lineno))

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)


def _place(module: _Module, name: str, load: bool) -> str:
    """Where a name is used first, or is first made a function's or a class's."""
    for node in sorted(_walk(module.tree), key=lambda node: getattr(node, "lineno", 0)):
        if isinstance(node, ast.Name):
            found = node.id == name and isinstance(node.ctx, ast.Load) == load
        elif isinstance(node, ast.arg | ast.keyword):
            found = node.arg == name and not load
        else:
            found = not load and getattr(node, "name", "") == name and hasattr(node, "body")
        if found:
            return f"{module.path}, line {getattr(node, 'lineno', 0)}"
    return module.path


def _is_for_builder(node: ast.AST) -> bool:
    """What no unit has."""
    if isinstance(node, ast.FunctionDef):
        return node.name == "const"
    return isinstance(node, ast.Assign) and _target(node) in ("TYPE_CHECKING", "__all__")


def _target(node: ast.Assign) -> str:
    return node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""


def _is_const(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "const"
    )


def _constant_of(node: ast.stmt) -> tuple[str, ast.expr] | None:
    """`NAME = const(value)`: the name and the value."""
    if (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and _is_const(node.value)
        and len(node.value.args) == 1
    ):
        return node.targets[0].id, node.value.args[0]
    return None


def _exported(tree: ast.Module) -> set[str]:
    """What `__all__` of a module names."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and _target(node) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()
