"""The commands that ask a server, and their options.

Each makes one call and prints its answer. Where the server is and whose key asks they are told by options,
the environment or a file; a key is never an argument, where every process of the machine could read it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from comity.client import Client

Server = Annotated[str, typer.Option("--server", metavar="URL", help="Else COMITY_URL, else that of the file.")]
Keyfile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="url and key, TOML, for its owner alone; else as in the reference."),
]
Output = Annotated[str, typer.Option("--output", metavar="FORMAT", help="table or json.")]
Priority = Annotated[str, typer.Option("--priority", metavar="P", help="urgent, high or normal.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Unique for who enters it and the day.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Answer as if; nothing is entered.")]
Money = Annotated[str, typer.Argument(metavar="AMOUNT", help='Amount and currency: "12.50 CNY".')]
Participant = Annotated[str, typer.Option("--participant", metavar="CODE", help="Whose; your own if not given.")]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why a member, the union or an auditor reads: for the audit.")
]
OfCurrency = Annotated[str, typer.Option("--currency", metavar="C", help="All if not given.")]

Answer = TypeVar("Answer")


def _tell(server: str, config: Path | None, output: str, ask: "Callable[[Client], Answer]", reason: str = "") -> None:
    from comity.cli.answers import told

    told(server, config, output, ask, reason)


def pay(
    name: Id,
    creditor: Annotated[str, typer.Argument(metavar="CREDITOR", help="Code of the participant who gets it.")],
    amount: Money,
    priority: Priority = "normal",
    purpose: Annotated[str, typer.Option("--purpose", metavar="TEXT", help="Up to 140 characters.")] = "",
    dry_run: DryRun = False,
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Enter a payment from your account. It is answered once it is durable."""
    _tell(
        server,
        config,
        output,
        lambda client: client.pay(name, creditor, amount, priority=priority, purpose=purpose, dry_run=dry_run),  # type: ignore[arg-type]
    )


def pvp(
    name: Id,
    sell: Annotated[str, typer.Option("--sell", metavar="AMOUNT", help='What the seller pays: "100.00 CNY".')],
    buy: Annotated[str, typer.Option("--buy", metavar="AMOUNT", help='What the buyer pays: "1160.00 RUB".')],
    buyer: Annotated[str, typer.Option("--buyer", metavar="CODE", help="The other side, if you sell.")] = "",
    seller: Annotated[str, typer.Option("--seller", metavar="CODE", help="The other side, if you buy.")] = "",
    dry_run: DryRun = False,
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Enter your side of a PvP. It settles once the other side enters the same."""
    other = {side: code for side, code in (("buyer", buyer), ("seller", seller)) if code}
    _tell(server, config, output, lambda client: client.pvp(name, sell=sell, buy=buy, dry_run=dry_run, **other))  # type: ignore[arg-type]


def status(
    name: Id,
    participant: Participant = "",
    reason: Reason = "",
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Tell how what was entered under an id stands."""
    _tell(server, config, output, lambda client: client.status(name, participant=participant), reason)


def explain(
    name: Id,
    participant: Participant = "",
    reason: Reason = "",
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Say why an instruction waits, and what would release it."""
    _tell(server, config, output, lambda client: client.explain(name, participant=participant), reason)


def cancel(name: Id, server: Server = "", config: Keyfile = None, output: Output = "table") -> None:
    """Cancel what you entered, unless it is irrevocable."""
    _tell(server, config, output, lambda client: client.cancel(name))


def positions(
    participant: Participant = "",
    currency: OfCurrency = "",
    reason: Reason = "",
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Tell what accounts hold, may spend and wait for."""
    _tell(server, config, output, lambda client: client.positions(participant=participant, currency=currency), reason)


def queue(
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="Of the account.")],
    participant: Participant = "",
    reason: Reason = "",
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Tell what waits to debit an account. The first comes first, each with what it lacks."""
    _tell(server, config, output, lambda client: client.queue(currency, participant=participant), reason)


def participants(reason: Reason = "", server: Server = "", config: Keyfile = None, output: Output = "table") -> None:
    """List who takes part."""
    _tell(server, config, output, lambda client: client.participants(), reason)


def approvals(reason: Reason = "", server: Server = "", config: Keyfile = None, output: Output = "table") -> None:
    """List what waits for your approval, or for others'."""
    _tell(server, config, output, lambda client: client.approvals(), reason)


Approval = Annotated[str, typer.Argument(metavar="APPROVAL", help="Its number, as `comity approvals` shows it.")]


def approve(approval: Approval, server: Server = "", config: Keyfile = None, output: Output = "table") -> None:
    """Approve what somebody else asked for."""
    _tell(server, config, output, lambda client: client.approve(approval))


def reject(
    approval: Approval,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For who asked, and the audit.")] = "",
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Reject what somebody asked for."""
    _tell(server, config, output, lambda client: client.reject(approval, reason))


CaseId = Annotated[str, typer.Argument(metavar="CASE", help="Its id, as `comity cases` shows it.")]


def cases(
    state: Annotated[str, typer.Option("--state", metavar="S", help="open, clear, block, replaced or any.")] = "open",
    after: Annotated[str, typer.Option("--after", metavar="CURSOR", help="`next` of the page before.")] = "",
    reason: Reason = "",
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """List cases of screening that you decide."""
    _tell(server, config, output, lambda client: client.cases(state=state, after=after), reason)  # type: ignore[arg-type]


def case(
    name: CaseId, reason: Reason = "", server: Server = "", config: Keyfile = None, output: Output = "table"
) -> None:
    """Show a case, both records side by side. What the instruction says of a party stands beside what the list says."""
    from comity.cli.answers import side_by_side, told

    told(server, config, output, lambda client: client.case(name), reason, side_by_side)


def verdict(
    name: CaseId,
    word: Annotated[str, typer.Argument(metavar="VERDICT", help="clear or block.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; the log keeps it, so name nobody.")],
    until: Annotated[
        str, typer.Option("--good-guy-until", metavar="INSTANT", help="Up to then the party is not the listed one.")
    ] = "",
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Propose a verdict on a case. Another officer approves it."""
    _tell(server, config, output, lambda client: client.decide(name, word, reason, good_guy_until=until))  # type: ignore[arg-type]


def lists(reason: Reason = "", server: Server = "", config: Keyfile = None, output: Output = "table") -> None:
    """List the editions of lists of sanctions."""
    _tell(server, config, output, lambda client: client.lists(), reason)


def load_list(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the list is called here.")],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="UN, EU or OFAC XML, FtM JSON lines, or OFAC's CSV: folder or zip.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what it would change.")] = False,
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Put an edition of your list in force, or propose it."""
    from comity.cli.answers import as_loaded, list_of, told

    data = list_of(file)
    told(server, config, output, lambda client: client.load_list(name, data, dry_run=dry_run), laid_out=as_loaded)


def events(
    after: Annotated[str, typer.Option("--after", metavar="CURSOR", help="From the start if not given.")] = "0",
    count: Annotated[int, typer.Option("--count", metavar="N", min=0, help="End after N; 0: never.")] = 0,
    reason: Reason = "",
    server: Server = "",
    config: Keyfile = None,
) -> None:
    """Follow what happens, one line of JSON each."""
    from comity.cli.answers import followed

    followed(server, config, after, count, reason)


def advance(
    by: Annotated[str, typer.Argument(metavar="LENGTH", help="Such as 300s, 5min or 2h.")],
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Let time pass in a sandbox."""
    _tell(server, config, output, lambda client: client.advance(by))


def conformance(
    messages: Annotated[
        list[Path] | None, typer.Argument(metavar="[MESSAGE...]", help="Messages, or folders of messages (*.xml).")
    ] = None,
    certificate: Annotated[
        bool, typer.Option("--certificate", help="Print the certificate, JSON, once every case is passed.")
    ] = False,
    server: Server = "",
    config: Keyfile = None,
    output: Output = "table",
) -> None:
    """Say what a sandbox finds messages to be. None is entered; exit 1 if one would be refused.

    Without any, say which cases of the suite are passed.
    """
    from comity.cli.conformance import certify, examine, stand

    if certificate:
        certify(server, config)
    elif messages:
        examine(server, config, output, messages)
    else:
        stand(server, config, output)


_EXAMPLES: tuple[tuple[Callable[..., None], str], ...] = (
    (pay, 'comity pay invoice-7 PORTCNSH "250.00 CNY"'),
    (pvp, 'comity pvp fx-1 --sell "100.00 CNY" --buy "1160.00 RUB" --buyer NEVARUMM'),
    (status, "comity status invoice-7 --output json"),
    (explain, "comity explain invoice-7"),
    (cancel, "comity cancel invoice-7"),
    (positions, "comity positions --currency CNY"),
    (queue, "comity queue CNY"),
    (participants, "comity participants"),
    (approvals, "comity approvals"),
    (approve, "comity approve 12"),
    (reject, 'comity reject 12 --reason "not agreed"'),
    (cases, "comity cases --state any"),
    (case, "comity case 8-1"),
    (verdict, 'comity verdict 8-1 clear --reason "born in 1991, passport seen"'),
    (lists, "comity lists"),
    (load_list, "comity load-list own list.ftm.json --dry-run"),
    (events, "comity events --count 10"),
    (advance, "comity advance 2h"),
    (conformance, "comity conformance payments.xml"),
)


def register(app: typer.Typer) -> None:
    """Add these commands to a program."""
    for command, example in _EXAMPLES:
        app.command(epilog=f"Example: {example}", rich_help_panel=None)(command)
