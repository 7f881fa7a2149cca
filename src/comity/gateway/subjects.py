"""Subjects: what a change replaces and by what, in the words that whoever decides is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.engine.subjects import subject_of
from comity.gateway.consents import scope_of
from comity.model.amount import format_minor

if TYPE_CHECKING:
    from comity.engine import Engine
    from comity.gateway.consents import Closers
    from comity.gateway.directory import Directory
    from comity.model.command import Command


def before_of(engine: Engine, closers: Closers, command: Command) -> str:
    """Return what a command would change, as it stands now; NotFound if it names what there is not."""
    text = subject_of(engine, command)
    if command.command in {"close", "open"}:
        return " ".join((text, *sorted(closers.of(scope_of(command)))))
    if text.removeprefix("-").isdecimal() and command.currencies:
        index = engine.accounts.currency_index(command.currencies[0])
        return format_minor(int(text), engine.accounts.exponents[index])
    return text


def after_of(directory: Directory, command: Command) -> str:
    """Return what a command says in place of that."""
    words = [word for word in (command.target * (command.command == "decide"), command.value) if word]
    if command.amount_minor is not None:
        words.append(format_minor(command.amount_minor, directory.exponents[command.currencies[0]]))
    return " ".join(words) or command.command
