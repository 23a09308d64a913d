"""Whole numbers with a name, put where the name stands: a tenth less of a board's memory.

MicroPython keeps a name for every constant, in a table of the module that has it and in one of
every module that imports it, and looks it up at each use. Only what a module keeps to itself,
`_name = const(…)`, costs nothing. The core has some 400 constants that several modules share. So
before it is compiled for a board, each use of one becomes its value; names and imports that then
nobody needs go, and so do tables that only a computer reads. Lines stay where they are, so that a
traceback tells the line of the source.

A constant is a name in capitals that a module binds once, at its top level, to a whole number of
31 bits, or to an expression of such. What stands in `__all__`, or is used by sources that are not
folded themselves, keeps its name.
"""

import ast
import operator
from collections.abc import Callable, Mapping

from ascpi.flash.folding_module import CAPITALS, Module, Name, is_for_types, target_of

_SMALL = 1 << 30
_ROUNDS = 4
_OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}


def fold(
    sources: Mapping[str, bytes], beside: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """Path on the board → source, folded.

    `beside`: sources that use these, and stay as they are. If one of all cannot be read, all stay
    as they are: the compiler says which, and where.
    """
    folded = dict(sources)
    try:
        # A table that goes may have been the last to use a constant.
        for _ in range(_ROUNDS):
            before = folded
            folded = _once(before, beside or {})
            if folded == before:
                break
    except SyntaxError:
        return dict(sources)
    return folded


def _once(sources: Mapping[str, bytes], beside: Mapping[str, bytes]) -> dict[str, bytes]:
    modules = {path: Module(path, source) for path, source in sources.items()}
    program = _Program({module.name: module for module in modules.values()})
    users = [Module(path, source) for path, source in beside.items()]
    for module in [*modules.values(), *users]:
        _Uses(module, program, folds=module not in users)
    for module in [*modules.values(), *users]:
        module.decide_imports()
    needed = {
        (source, imported)
        for module in [*modules.values(), *users]
        for source, imported in module.needs()
    }
    return {path: module.written(needed, program.constant) for path, module in modules.items()}


class _Program:
    """All modules, and the values of their constants."""

    def __init__(self, modules: dict[Name, Module]) -> None:
        self.modules = modules
        self._values: dict[tuple[Name, str], int | None] = {}

    def constant(self, module_name: Name, name: str) -> int | None:
        """The value of a name of a module; None if it is no constant."""
        module = self.modules.get(module_name)
        if module is None or not CAPITALS.fullmatch(name):
            return None
        if name in module.imported and not module.bound[name]:
            return self.constant(*module.imported[name])
        key = (module_name, name)
        if key not in self._values:
            self._values[key] = None  # until it is known: a circle has no value
            if module.bound[name] == 1 and name not in module.imported:
                for statement in module.statements:
                    if isinstance(statement, ast.Assign) and target_of(statement) == name:
                        self._values[key] = self.value(module, statement.value)
        return self._values[key]

    def value(self, module: Module, node: ast.expr) -> int | None:
        """The value of an expression in a module, if it is a whole number that is known."""
        found: int | None = None
        if isinstance(node, ast.Constant) and type(node.value) is int:
            found = node.value
        elif isinstance(node, ast.Name):
            found = self.constant(module.name, node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            named = self.module_called(module, node.value.id)
            found = None if named is None else self.constant(named, node.attr)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            operand = self.value(module, node.operand)
            found = None if operand is None else -operand
        elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = self.value(module, node.left), self.value(module, node.right)
            if left is not None and right is not None:
                found = _OPERATORS[type(node.op)](left, right)
        return found if found is not None and abs(found) < _SMALL else None

    def module_called(self, module: Module, local: str) -> Name | None:
        """The module that a name in another one means, such as `events`."""
        source, imported = module.imported.get(local, ((), ""))
        named = (*source, imported)
        return named if named in self.modules and not module.bound[local] else None


class _Uses(ast.NodeVisitor):
    """Notes every use of a name in a module: replaced by a value, or as it is."""

    def __init__(self, module: Module, program: _Program, folds: bool) -> None:
        self._module = module
        self._program = program
        self._folds = folds
        for statement in module.statements:
            self.visit(statement)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and not self._replaces(node, node.id):
            self._module.uses[node.id] += 1

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.value, ast.Name):
            self.visit(node.value)
            return
        local = node.value.id
        if self._replaces(node, local):
            return
        self._module.uses[local] += 1
        named = self._program.module_called(self._module, local)
        if named is not None:
            self._module.attributes.add((named, node.attr))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        # Before Python 3.12 what is in an f-string does not say where it stands.
        folds, self._folds = self._folds, False
        self.generic_visit(node)
        self._folds = folds

    def visit_If(self, node: ast.If) -> None:
        if is_for_types(node):
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        """Its annotation is for type checkers."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in [*node.decorator_list, node.args, *node.body]:
            self.visit(part)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def _replaces(self, node: ast.Name | ast.Attribute, local: str) -> bool:
        value = self._program.value(self._module, node) if self._folds else None
        if value is None or node.lineno != node.end_lineno:
            return False
        self._module.edits.append((node, value))
        self._module.replaced[local] += 1
        return True
