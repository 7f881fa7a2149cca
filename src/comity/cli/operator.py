"""`comity operator`: whoever runs the machine lets the first people in.

A gateway knows nobody when its log begins, and those it knows it lets be enrolled by two people only. So the
first are written into the log from its console, while no server runs. Like everything else there it can be
seen by whoever reads the log, under the name `console`.
"""

from collections.abc import Sequence
from pathlib import Path

from comity.cli.summary import show
from comity.errors import EnvironmentFailed, NotFound
from comity.model.instant import DAY_US, format_instant


def let_in(folder: Path, name: str, party: str, roles: Sequence[str], days: int, *, as_json: bool) -> None:
    """Make a person known to the gateway in `folder`, and print a new API key of theirs, once.

    Raises
    ------
    InvalidRequest
        With every option that does not fit.
    NotFound
        There is no log in the folder.
    LogLocked
        A server runs on it.
    """
    try:
        from comity.gateway import people
        from comity.gateway.gateway import LOG, Gateway
    except ModuleNotFoundError as error:
        raise EnvironmentFailed(f"{error.name} is missing: install comity[serve]") from error
    if not (folder / LOG).is_file():
        raise NotFound(f"no log {folder / LOG}: start the gateway once, and stop it")
    gateway = Gateway.open(folder)
    try:
        issued = people.let_in(gateway, name, party, roles, days * DAY_US)
    finally:
        gateway.close()
    figures = {
        "person": name,
        "party": party,
        "roles": " ".join(roles),
        "key": issued.note.id,
        "expires": format_instant(issued.note.expires),
        "secret": issued.secret,
    }
    show(figures, as_json=as_json)
