"""The command line: reads arguments, calls the rooms below, prints what they answer.

Nothing is decided here. `main` starts the program and turns every error into a
text on stderr and an exit code: 0 done, 1 a check failed, 2 bad input or usage,
3 the environment failed, 130 interrupted. Whoever closes the other end of stdout,
as `head` does, ends the program by SIGPIPE as it ends others (141 in a shell): a
command prints once its files are in place, so nothing is lost but words. What a
command needs is imported when it runs, so that `comity --help` answers at once.
"""

import signal
import sys

from comity.errors import ComityError


def main() -> None:
    """Run the command that the arguments name, and leave with its exit code."""
    if sys.flags.optimize:
        sys.stderr.write("comity: refuses to run under `python -O` or PYTHONOPTIMIZE, which remove its own checks\n")
        sys.exit(2)
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        from comity.cli.app import app

        app(prog_name="comity")
    except ComityError as error:
        from comity.cli.failure import show

        show(error)
        sys.exit(error.exit_code)
    except OSError as error:
        sys.stderr.write(f"comity: {error}\n")
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)
