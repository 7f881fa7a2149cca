"""The commands and their options.

Each command here only names its options, shows an example, and calls a function
of the module that does it. Those modules are imported when a command runs.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.asking import register

app = typer.Typer(
    help="Settle trade between countries in their own currencies.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Out = Annotated[Path, typer.Option("--out", metavar="OUT", help="Folder to write; made if absent.")]
Force = Annotated[bool, typer.Option("--force", help="Replace OUT if it exists and is not empty.")]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON on stdout.")]
Seed = Annotated[int, typer.Option("--seed", metavar="S", min=0, help="Seed: the same one gives the same day.")]
Rule = Annotated[
    str, typer.Option("--rule", metavar="RULE", help="fifo, all-or-nothing, partial, greedy, best or exact.")
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"comity {version('comity')}")
        raise typer.Exit


@app.callback()
def comity(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Settle trade between countries in their own currencies.

    Exit codes: 0 done, 1 a check failed, 2 bad input or usage, 3 the environment failed, 130 interrupted, 141 output
    that nobody reads.
    """


@app.command(
    short_help="Settle a day made from published trade figures.",
    epilog="Example: comity demo --payments 20000 --out out/demo",
)
def demo(
    payments: Annotated[int, typer.Option("--payments", metavar="N", min=1, help="Payments of the day.")] = 200_000,
    seed: Seed = 1,
    out: Out = Path("out/demo"),
    force: Force = False,
    json: Json = False,
) -> None:
    """Settle a day of a ten-country union, made from published trade figures."""
    from comity.cli.day import settle_demo

    settle_demo(payments, seed, out, force=force, as_json=json)


@app.command(
    short_help="Settle the day in a folder.",
    epilog="Example: comity run examples/two-countries --out out/two-countries",
)
def run(
    day_folder: Annotated[Path, typer.Argument(metavar="DAY", help="Folder with union.toml and the day's tables.")],
    out: Out,
    force: Force = False,
    json: Json = False,
) -> None:
    """Settle the day in a folder and write its results and report."""
    from comity.cli.day import settle_folder

    settle_folder(day_folder, out, force=force, as_json=json)


@app.command(
    short_help="Make a day from a trade table.",
    epilog="Example: comity generate trade.csv --members CN,RU --date 2021-12-15 --out day",
)
def generate(
    trade: Annotated[Path, typer.Argument(metavar="TRADE", help="Trade table: exporter, importer, value.")],
    members: Annotated[str, typer.Option("--members", metavar="CN,RU,..", help="Countries of the union.")],
    date: Annotated[datetime, typer.Option("--date", metavar="D", formats=["%Y-%m-%d"], help="Business date.")],
    out: Annotated[Path, typer.Option("--out", metavar="DAY", help="Folder to write; made if absent.")],
    payments: Annotated[int, typer.Option("--payments", metavar="N", min=1, help="Payments of the day.")] = 200_000,
    seed: Seed = 1,
    rates: Annotated[
        Path | None, typer.Option("--rates", metavar="RATES", help="Official rates: date, base, quote, rate, source.")
    ] = None,
    banks: Annotated[int, typer.Option("--banks", metavar="N", min=1, help="Banks of each country.")] = 6,
    liquidity: Annotated[
        float,
        typer.Option("--liquidity", metavar="SHARE", min=0, help="Opening balances, as a share of the upper bound."),
    ] = 0.5,
    force: Force = False,
    json: Json = False,
) -> None:
    """Make a day from a trade table; its totals per pair add up to the table's, to the minor unit."""
    from comity.cli.day import generate_day

    generate_day(
        trade,
        members.split(","),
        date.date(),
        out,
        payments=payments,
        seed=seed,
        rates=rates,
        banks=banks,
        liquidity=liquidity,
        force=force,
        as_json=json,
    )


@app.command(
    short_help="Find what settles together in a queue.",
    epilog="Example: comity offset --accounts accounts.csv --queue payments.csv --rule fifo --out out/offset",
)
def offset(
    accounts: Annotated[Path, typer.Option("--accounts", metavar="ACCOUNTS", help="Balances and credit limits.")],
    queue: Annotated[Path, typer.Option("--queue", metavar="PAYMENTS", help="Waiting payments, in queue order.")],
    out: Out,
    pvp: Annotated[Path | None, typer.Option("--pvp", metavar="PVP", help="Waiting PvP trades.")] = None,
    limits: Annotated[Path | None, typer.Option("--limits", metavar="LIMITS", help="Limits and caps.")] = None,
    rule: Rule = "fifo",
    force: Force = False,
    json: Json = False,
) -> None:
    """Find the waiting payments of a queue that settle together, in one pass."""
    from comity.cli.queue import offset_queue

    offset_queue(accounts, queue, pvp, limits, rule, out, force=force, as_json=json)


@app.command(
    short_help="Find when trade imbalances break a quota.",
    epilog="Example: comity forecast examples/rupee-rouble/trade.csv --members IN,RU --quota 10000 --out out/forecast",
)
def forecast(
    trade: Annotated[
        Path, typer.Argument(metavar="TRADE", help="Trade table: exporter, importer, value, period (2022-08).")
    ],
    members: Annotated[str, typer.Option("--members", metavar="IN,RU,..", help="Countries of the union.")],
    quota: Annotated[str, typer.Option("--quota", metavar="N", help="Quota of a corridor, in the table's units.")],
    out: Out,
    warn_at: Annotated[
        str, typer.Option("--warn-at", metavar="SHARE", help="Warn at this share of the quota, 0 to 1.")
    ] = "0.75",
    ahead: Annotated[
        int, typer.Option("--ahead", metavar="N", min=0, help="Carry the average of the last 12 periods N further.")
    ] = 0,
    by_month: Annotated[
        bool, typer.Option("--by-month", help="Write every corridor's position in every period.")
    ] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Add up what each country sells another less what it buys, and say when that exceeds a quota."""
    from comity.cli.forecast import forecast_imbalances

    forecast_imbalances(
        trade,
        members.split(","),
        quota,
        out,
        warn_at=warn_at,
        ahead=ahead,
        by_month=by_month,
        force=force,
        as_json=json,
    )


@app.command(
    short_help="Set obligations off against one another.",
    epilog="Example: comity clear examples/clearing/obligations.csv --mode existing --out out/clear",
)
def clear(
    obligations: Annotated[
        Path,
        typer.Argument(metavar="OBLIGATIONS", help="Table: id, debtor, creditor, currency, amount, due."),
    ],
    out: Out,
    mode: Annotated[
        str, typer.Option("--mode", metavar="MODE", help="existing: set off; ccp: novate the rest to nets.")
    ] = "existing",
    why: Annotated[
        str | None, typer.Option("--why", metavar="ID", help="Say why this obligation stays and what would end it.")
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Discharge as much as possible of a table of obligations, with no money, and prove that nothing does better."""
    from comity.cli.clearing import clear_obligations

    clear_obligations(obligations, mode, out, why=why, force=force, as_json=json)


@app.command(
    short_help="Convert orders at one price per currency.",
    epilog="Example: comity auction examples/auction/orders.csv --out out/auction",
)
def auction(
    orders: Annotated[
        Path,
        typer.Argument(metavar="ORDERS", help="Table: id, instant, participant, sell, buy, amount, limit."),
    ],
    out: Out,
    reference: Annotated[
        list[Path] | None,
        typer.Option("--reference", metavar="RATES", help="Published rates, as `comity rates` reads them; repeatable."),
    ] = None,
    bands: Annotated[
        Path | None, typer.Option("--bands", metavar="BANDS", help="Table: a, b, max (price of a in b).")
    ] = None,
    ties: Annotated[
        str, typer.Option("--ties", metavar="RULE", help="How equal limits share: time or pro-rata.")
    ] = "time",
    tolerance: Annotated[
        str, typer.Option("--tolerance", metavar="T", help="How far inside the rate an order need not fill.")
    ] = "1e-6",
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on", metavar="DATE", formats=["%Y-%m-%d"], help="Day of the reference; else its newest rate's."
        ),
    ] = None,
    max_age: Annotated[
        int, typer.Option("--max-age", metavar="N", min=0, help="Refuse rates older than N calendar days.")
    ] = 3,
    force: Force = False,
    json: Json = False,
) -> None:
    """Convert the orders of a table, all pairs together, at one price per currency."""
    from comity.cli.auction import clear_orders

    clear_orders(
        orders,
        out,
        reference=reference or (),
        bands=bands,
        ties=ties,
        tolerance=tolerance,
        on=on.date() if on is not None else None,
        age_max_days=max_age,
        force=force,
        as_json=json,
    )


@app.command(
    short_help="Make reference rates from several sources.",
    epilog="Example: comity rates eurofxref-hist.zip own.csv --on 2026-04-13 --out out/rates",
)
def rates(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Published rates, the most trusted first: ECB, CBA or rates.csv."),
    ],
    out: Out,
    on: Annotated[
        datetime | None,
        typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"], help="Day; if not given, that of the newest rate."),
    ] = None,
    max_age: Annotated[
        int, typer.Option("--max-age", metavar="N", min=0, help="Refuse rates older than N calendar days.")
    ] = 3,
    tolerance: Annotated[
        str, typer.Option("--tolerance", metavar="T", help="Stop a pair if two sources are further apart.")
    ] = "0.02",
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions", metavar="TABLE", help="date, base, quote, source, first, second: two people decide."
        ),
    ] = None,
    official: Annotated[
        list[str] | None,
        typer.Option("--official", metavar="RULE", help="Official rate by a published rule: SML:BRL/ARS; repeatable."),
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Make one reference price per currency from several sources, and say what is too old or contradictory."""
    from comity.cli.rates import fix_rates

    fix_rates(
        files,
        on.date() if on is not None else None,
        out,
        age_max_days=max_age,
        tolerance=tolerance,
        decisions=decisions,
        official=official or (),
        force=force,
        as_json=json,
    )


@app.command(
    short_help="Compare memberships on a trade table.",
    epilog="Example: comity membership examples/trade/trade.csv --members CN,RU --members CN,RU,IN --out out/members",
)
def membership(
    trade: Annotated[Path, typer.Argument(metavar="TRADE", help="Trade table: exporter, importer, value, period?.")],
    members: Annotated[
        list[str],
        typer.Option("--members", metavar="A,B,..", help="A proposed membership, or NAME=A,B,.., or all; repeatable."),
    ],
    out: Out,
    period: Annotated[
        str,
        typer.Option("--period", metavar="P", help="Period to take, such as 2017; needed if there are several."),
    ] = "",
    force: Force = False,
    json: Json = False,
) -> None:
    """Say how much of the trade among proposed members needs no money, who would end in debt, and what each adds."""
    from comity.cli.membership import compare_memberships

    compare_memberships(trade, members, period, out, force=force, as_json=json)


@app.command(
    short_help="Screen names against sanctions lists.",
    epilog="Example: comity screen names.csv --list un.xml --list sdn --out out/screen",
)
def screen(
    names: Annotated[
        str,
        typer.Argument(
            metavar="NAME|NAMES", help="A name, or a table: id, name, schema?, country?, birth_date?, identifiers?."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="OUT", help="Folder to write; if not given, hits are only shown.")
    ] = None,
    lists: Annotated[
        list[Path] | None,
        typer.Option(
            "--list", metavar="FILE", help="UN, EU or OFAC XML, folder of OFAC's CSV, or FtM JSON lines; repeatable."
        ),
    ] = None,
    threshold: Annotated[
        int | None, typer.Option("--threshold", metavar="N", min=1, max=100, help="Least score of a hit.")
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Say which listed parties a name, or each party of a table, may be, with score and reasons; exit 1 if any."""
    from comity.cli.screening import screen_names

    screen_names(names, lists or (), threshold, out, force=force, as_json=json)


@app.command(
    short_help="Serve a log over HTTP, or a sandbox.",
    epilog="Example: comity serve --sandbox",
)
def serve(
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Folder of the log; begun from DIR/union if it has none."),
    ] = None,
    host: Annotated[
        str, typer.Option("--host", metavar="H", help="Where to listen; else as configured, or loopback.")
    ] = "",
    port: Annotated[
        int | None, typer.Option("--port", metavar="P", min=0, max=65535, help="Port; 0: any that is free.")
    ] = None,
    sandbox: Annotated[
        bool,
        typer.Option(
            "--sandbox", help="A small union in memory, on loopback, with known keys and a clock that stands."
        ),
    ] = False,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Settings, TOML.")] = None,
    schemas: Annotated[
        Path | None,
        typer.Option(
            "--schemas",
            metavar="DIR",
            help="Published schemas, VERSION.xsd each, to judge messages by in place of ours.",
        ),
    ] = None,
) -> None:
    """Serve the log in a folder over HTTP until told to stop; --sandbox: a small union to try everything on."""
    from comity.cli.serve import serve_gateway

    serve_gateway(data, host, port, config, schemas, sandbox=sandbox)


@app.command(
    short_help="Let the first people into a gateway.",
    epilog="Example: comity operator node --person anna --party union --role union-operator",
)
def operator(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a gateway on which no server runs.")],
    person: Annotated[str, typer.Option("--person", metavar="NAME", help="Name of the person; each has their own.")],
    role: Annotated[
        list[str], typer.Option("--role", metavar="ROLE", help="A role, such as union-operator; repeatable.")
    ],
    party: Annotated[
        str, typer.Option("--party", metavar="PARTY", help="union, or the code of a member or participant.")
    ] = "union",
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, max=400, help="How long the key is good for.")
    ] = 90,
    json: Json = False,
) -> None:
    """Make a person known to a gateway from its console, and print an API key of theirs, once."""
    from comity.cli.operator import let_in

    let_in(folder, person, party, role, days, as_json=json)


@app.command(short_help="Replay a log and check everything in it.", epilog="Example: comity verify out/demo/day.log")
def verify(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A log, for example OUT/day.log.")],
    json: Json = False,
) -> None:
    """Replay a log from its start and check chain, checksums, invariants and digests."""
    from comity.cli.log import verify_log

    verify_log(log, as_json=json)


@app.command(
    short_help="Check a certificate of conformance.",
    epilog="Example: comity certificate eastcnbj.json --key 5f0c6ad3",
)
def certificate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `comity conformance --certificate` printed it.")],
    key: Annotated[
        str, typer.Option("--key", metavar="KEY", help="Of the sandbox, hexadecimal: GET /v1/log/head has it.")
    ],
    json: Json = False,
) -> None:
    """Check, without asking a server, that a sandbox's key has signed a certificate of conformance."""
    from comity.cli.conformance import check

    check(file, key, as_json=json)


@app.command(short_help="Copy a log while its node runs.", epilog="Example: comity backup node.log saved.log")
def backup(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="The log, which may be in use.")],
    to: Annotated[Path, typer.Argument(metavar="TO", help="File to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace TO if it exists.")] = False,
    json: Json = False,
) -> None:
    """Copy a log while its node runs."""
    from comity.cli.log import backup_log

    backup_log(log, to, force=force, as_json=json)


@app.command(
    short_help="Make a log from a backup.", epilog="Example: comity restore saved.log node.log --sequence 1200"
)
def restore(
    saved: Annotated[Path, typer.Argument(metavar="SAVED", help="A log that backup wrote.")],
    to: Annotated[Path, typer.Argument(metavar="LOG", help="File to write.")],
    sequence: Annotated[
        int | None, typer.Option("--sequence", metavar="N", min=1, help="Last record to restore; all if not given.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace LOG if it exists.")] = False,
    json: Json = False,
) -> None:
    """Make a log from a backup, whole or up to a sequence."""
    from comity.cli.log import restore_log

    restore_log(saved, to, sequence, force=force, as_json=json)


register(app)
