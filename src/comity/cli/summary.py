"""What a command answers on stdout: JSON for programs, lines and a table for people."""

import json
import sys


def show(figures: dict[str, object], *, as_json: bool) -> None:
    """Print named figures, one a line, or as one JSON object."""
    if as_json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
        return
    width = max(len(name) for name in figures)
    for name, figure in figures.items():
        sys.stdout.write(f"{name.replace('_', ' '):<{width}}  {figure}\n")
