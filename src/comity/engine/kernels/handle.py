"""How compiled kernels see a `State`: as one pointer.

A `State` has some thirty tables. Handed over as a tuple of arrays, each call
would pass and count references to all of them, and compiling would take
minutes. So the compiler is told that a State is the address of a small table
of (data pointer, rows), and that `s.rows` is an array made from its entry:
no reference counts, one machine word per call. The address table does not
change while a kernel runs, which the loads say (`invariant.load`).

Plain Python (`NUMBA_DISABLE_JIT=1`) uses the named tuple itself.
"""

from collections.abc import Mapping
from typing import Protocol

from llvmlite import ir
from numba import types
from numba.core.base import BaseContext
from numba.core.pythonapi import PythonAPI
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np import arrayobj

WORD = ir.IntType(64)


class PointerType(types.Type):
    """The compiler's type of a State; a module's class, so that the compiler's cache knows it again."""


class _Unboxing(Protocol):
    """What the compiler hands to a function that takes a value out of Python."""

    @property
    def pyapi(self) -> PythonAPI: ...


def declare(state: type, tables: Mapping[str, tuple[types.Type, int]]) -> types.Type:
    """Teach the compiler that instances of `state` are pointers to these tables.

    Parameters
    ----------
    state
        A named tuple class with a field `address`: where its address table is.
    tables
        Name, in the order of the address table: element type, and words per row
        (0 for a table of one dimension).

    Returns
    -------
    numba.types.Type
        The compiler's type of such a pointer.
    """
    state_type = PointerType(name=f"{state.__module__}.{state.__qualname__}")
    order = {name: index for index, name in enumerate(tables)}

    def array_type(name: str) -> types.Array:
        element, words = tables[name]
        return types.Array(element, 2 if words else 1, "C")

    @typeof_impl.register(state)
    def _typeof(_value: object, _context: object) -> PointerType:
        return state_type

    @register_model(PointerType)
    class _Model(models.PrimitiveModel):
        def __init__(self, manager: object, model_type: object) -> None:
            super().__init__(manager, model_type, WORD)

    @unbox(PointerType)
    def _unbox(_type: object, value: ir.Value, context: _Unboxing) -> NativeValue:
        field = context.pyapi.object_getattr_string(value, "address")
        address = context.pyapi.long_as_longlong(field)
        context.pyapi.decref(field)
        return NativeValue(address)

    @infer_getattr
    class _Attributes(AttributeTemplate):
        key = PointerType

        def generic_resolve(  # type: ignore[override]
            self, _type: object, name: str
        ) -> types.Type | None:
            return array_type(name) if name in tables else None

    @lower_getattr_generic(PointerType)
    def _lower(context: BaseContext, builder: ir.IRBuilder, _type: object, value: ir.Value, name: str) -> ir.Value:
        header = builder.inttoptr(value, WORD.as_pointer())

        def load(at: int) -> ir.Value:
            loaded = builder.load(builder.gep(header, [WORD(at)]))
            loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
            return loaded

        element, words = tables[name]
        kind = array_type(name)
        made = arrayobj.make_array(kind)(context, builder)
        size = context.get_abi_sizeof(context.get_data_type(element))
        pointer = builder.inttoptr(load(2 * order[name]), context.get_data_type(element).as_pointer())
        shape = [load(2 * order[name] + 1)] + ([WORD(words)] if words else [])
        strides = [WORD(size * words), WORD(size)] if words else [WORD(size)]
        arrayobj.populate_array(made, data=pointer, shape=shape, strides=strides, itemsize=WORD(size), meminfo=None)
        return made._getvalue()  # noqa: SLF001 - the compiler's own way to hand over a value

    return state_type
