"""Steps: kernels over a `State` that are compiled once and called by address.

The compiler links a copy of everything that a kernel calls into it and optimises
the lot anew, so a deep call graph costs the square of its size: minutes here.
A step is compiled by itself; its callers see only its symbol. A call costs a
few nanoseconds, so a handful of instructions stays an ordinary `kernel`, which
is inlined.

A cached caller needs its steps' symbols when it is loaded. Hence `load_steps`
compiles or loads all of them, callees first, before the first state is made.
"""

import copy
from collections.abc import Callable
from typing import Protocol, TypeVar, cast

import llvmlite.binding as llvm
from numba import types
from numba.core.codegen import JITCodeLibrary
from numba.core.dispatcher import Dispatcher
from numba.core.funcdesc import FunctionDescriptor
from numba.core.registry import cpu_target

from comity.engine.kernels import lean
from comity.engine.kernels.state import POINTER, State

_Function = TypeVar("_Function", bound=Callable[..., object])
_TYPES = {int: types.int64, bool: types.boolean, None: types.void, State: POINTER}
_declared: dict[str, Dispatcher] = {}
_steps: set[str] = set()
_loaded: set[str] = set()


class _Compiled(Protocol):
    """What the compiler made of a function."""

    @property
    def library(self) -> JITCodeLibrary: ...
    @property
    def fndesc(self) -> FunctionDescriptor: ...


def step(function: _Function) -> _Function:
    """Make a kernel of a function (State, int, bool, ...) -> int, bool or None that is called by address."""
    _steps.add(_symbol(function))
    return leaf(function)


def leaf(function: _Function) -> _Function:
    """Make a kernel of such a function that its callers inline: a handful of instructions.

    Like a step it has one signature, that of its annotations, whatever integers it is called with,
    and it makes no arrays.
    """
    compiled = lean(function)
    if isinstance(compiled, Dispatcher):
        _declared[_symbol(function)] = compiled
    return compiled


def load_steps(progress: Callable[[int, int], None] | None = None) -> None:
    """Compile all steps, or load them from the cache; only the first call does anything.

    `progress` is told how many of how many are ready.
    """
    for symbol in list(_declared):
        _load(symbol)
        if progress is not None:
            progress(len(_loaded), len(_declared))


def _symbol(function: Callable[..., object]) -> str:
    return f"comity_step.{function.__module__}.{function.__name__}"


def _load(symbol: str) -> None:
    """Load a step or leaf after those that it calls."""
    if symbol in _loaded:
        return
    _loaded.add(symbol)
    dispatcher = _declared[symbol]
    for callee in _called(dispatcher.py_func):
        _load(callee)
    hints = dispatcher.py_func.__annotations__
    signature = tuple(_TYPES[kind] for name, kind in hints.items() if name != "return")
    entry = dispatcher.compile(signature)
    dispatcher.disable_compile()
    if symbol not in _steps:
        return
    made = cast("_Compiled", dispatcher.overloads[signature])
    llvm.add_symbol(symbol, made.library.get_pointer_to_function(made.fndesc.llvm_func_name))
    outside = copy.copy(made.fndesc)
    outside.mangled_name = symbol
    context = cpu_target.target_context
    context.remove_user_function(entry)
    context.insert_user_function(entry, outside, [])


def _called(function: Callable[..., object]) -> list[str]:
    """Return the symbols of the steps and leaves that a function names."""
    named = [getattr(function.__globals__.get(name), "py_func", None) for name in function.__code__.co_names]
    return [_symbol(called) for called in named if called is not None and _symbol(called) in _declared]
