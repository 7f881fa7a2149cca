"""Compiled inner loops of the engine, and the one decorator that compiles them.

A kernel takes arrays and scalars, returns a status or a count, allocates
nothing in its loops, and states in its docstring which bounds keep its int64
arithmetic from wrapping. `kernel` compiles it for the signature of its first
call, releases the interpreter lock while it runs, and keeps the machine code
in a cache folder so that a later process starts at once.

A cached kernel is stale as soon as a kernel that it calls, in another file, has
changed, and the compiler looks only at the kernel's own file. Therefore the
folder's name is a hash over the sources of *all* kernels (engine and solvers),
the versions of compiler and array library, the processor, and whether array
bounds are checked (`NUMBA_BOUNDSCHECK`). It lies under `NUMBA_CACHE_DIR`, else
under `XDG_CACHE_HOME` or `~/.cache`. Where it cannot be written, kernels are
compiled anew by every process. This is the only place below `log` that touches
the file system, and it never touches it after import.

Under `python -O` assertions vanish from compiled code too, so the import fails.
"""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeVar, cast

import numba
import numpy as np
from numba.core.registry import cpu_target

if sys.flags.optimize:
    raise ImportError("comity does not run under `python -O` or PYTHONOPTIMIZE: they strip its own checks")

_Function = TypeVar("_Function", bound=Callable[..., object])
_SETTINGS = vars(numba.config)


def _fingerprint() -> str:
    """Hash everything that the machine code of some kernel depends on."""
    package = Path(__file__).parents[2]
    processor = cpu_target.target_context.codegen().magic_tuple()
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__} {processor} {_SETTINGS['BOUNDSCHECK']}".encode())
    for folder in ("engine/kernels", "solvers/kernels"):
        for source in sorted((package / folder).rglob("*.py")):
            text = source.read_bytes()
            digest.update(f"\0{source.relative_to(package).as_posix()}\0{len(text)}\0".encode())
            digest.update(text)
    return digest.hexdigest()[:16]


def _cache_folder() -> str:
    """Make the cache folder and return its path; empty if it cannot be written."""
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        base = _SETTINGS["CACHE_DIR"] or Path(home) / "comity" / "kernels"
        folder = Path(base) / _fingerprint()
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return str(folder)
    except (OSError, RuntimeError):
        return ""


_FOLDER = _cache_folder()


def _compile(function: _Function, *, counting: bool, copied: bool = False) -> _Function:
    compiler = cast("Callable[..., Callable[[_Function], _Function]]", numba.njit)
    configured = _SETTINGS["CACHE_DIR"]
    _SETTINGS["CACHE_DIR"] = _FOLDER
    try:
        return compiler(cache=bool(_FOLDER), nogil=True, _nrt=counting, forceinline=copied)(function)
    finally:
        _SETTINGS["CACHE_DIR"] = configured


def kernel(function: _Function) -> _Function:
    """Compile `function` on its first call; exact arithmetic only, without the interpreter lock.

    With `NUMBA_DISABLE_JIT=1` the function stays plain Python.
    """
    return _compile(function, counting=True)


def lean(function: _Function) -> _Function:
    """Compile as `kernel` does, but count no references to arrays.

    For code that neither makes arrays nor returns them, helpers inside loops
    above all: passing a named tuple of 18 arrays to a helper costs 2 ns instead
    of 200, and compiling takes half the time. Views of rows are fine.
    """
    return _compile(function, counting=False)


def inlined(function: _Function) -> _Function:
    """Compile as `lean` does, and copy the code into every caller: for a short helper in the innermost loop."""
    return _compile(function, counting=False, copied=True)
