"""The day currency by currency, and what did not settle."""

from comity.report.section import Section, money
from comity.report.table import Download, Table
from comity.report.text import count, major, percent
from comity.statistics.figures import Figures

REASONS = {
    "DT01": "Business date too far back or ahead",
    "AM05": "Same id as another instruction",
    "TM01": "Too late, or the day took no such instruction then",
    "AC03": "Creditor's account unknown or closed",
    "AC04": "Debtor's account unknown or closed",
    "AC06": "A party was suspended",
    "AM02": "Amount not positive",
    "AM03": "Currency closed or not that of the account",
    "AM04": "Not enough money by the cut-off",
    "AM12": "Amount too large",
    "AM21": "A limit or cap left no room by the cut-off",
    "AG01": "Corridor or service not open",
    "ED05": "Counterpart or linked payment failed",
    "RR04": "Held, or refused by an authority",
    "NARR": "Not valid",
    "NOOR": "What it names does not exist",
}
"""What the codes of ISO 20022's status reasons mean here."""

STATES = {"RJTD": "Rejected", "CAND": "Cancelled by its sender", "WHSD": "Waits for its date", "SSPD": "Held"}


def section(figures: Figures) -> Section:
    """Return the section."""
    missed = _missed(figures)
    parts = [
        _table(figures).html(),
        f'<div class="beside">{_download(figures).html()}</div>',
        "<h3>What did not settle, and why</h3>",
    ]
    if missed.rows:
        parts.append(missed.html())
    else:
        parts.append(
            f"<p>{'Every payment and PvP' if figures.obligations or figures.orders else 'Everything'} settled.</p>"
        )
    if figures.orders:
        parts.append('<p>What became of orders stands under <a href="#auctions">Conversion auctions</a>.</p>')
    if figures.obligations:
        parts.append('<p>What became of obligations stands under <a href="#clearing">Clearing</a>.</p>')
    return Section("currencies", "By currency", _title(figures), _LEAD, "".join(parts))


_LEAD = "Amounts in each currency's own money, rounded to three digits; exact amounts are in the CSV."


def _title(figures: Figures) -> str:
    if not figures.currencies:
        return "Nothing was entered in any currency"
    shares = {code: _share(figures, code) for code in figures.currencies}
    low = min(sorted(shares), key=shares.__getitem__)
    high = max(sorted(shares), key=shares.__getitem__)
    if low == high or shares[low] == shares[high]:
        return f"Every currency settled {percent(shares[low], 1)} of its value"
    return f"From {percent(shares[low], 1)} in {low} to {percent(shares[high], 1)} in {high} of the value settled"


def _share(figures: Figures, code: str) -> float:
    flow = figures.flows[code]
    return flow.settled_minor / flow.entered_minor if flow.entered_minor else 0.0


def _how(figures: Figures, code: str, how: str) -> int:
    return sum(one.value_minor for one in figures.outcomes if one.currency == code and one.how == how)


def _table(figures: Figures) -> Table:
    rows = []
    for code in figures.currencies:
        flow = figures.flows[code]
        items = sum(one.items for one in figures.outcomes if one.currency == code)
        rows.append(
            (
                code,
                count(items),
                money(figures.setting, code, flow.entered_minor),
                money(figures.setting, code, flow.settled_minor),
                percent(flow.settled_minor, flow.entered_minor),
                *(
                    percent(_how(figures, code, how), flow.settled_minor)
                    for how in ("gross", "bilateral", "multilateral")
                ),
                f"{figures.delays[code].indicator:.3f}",
            )
        )
    header = (">Legs", ">Entered", ">Settled", ">Share", ">One by one", ">Bilateral", ">Multilateral", ">Delay")
    return Table(("Currency", *header), rows)


def _missed(figures: Figures) -> Table:
    """Legs that did not settle, by state and reason."""
    sums: dict[tuple[str, str], tuple[int, dict[str, int]]] = {}
    for one in figures.outcomes:
        if one.state != "STLD":
            items, values = sums.get((one.state, one.reason), (0, {}))
            values[one.currency] = values.get(one.currency, 0) + one.value_minor
            sums[one.state, one.reason] = (items + one.items, values)
    rows = []
    for (state, reason), (items, values) in sorted(sums.items(), key=lambda entry: (-entry[1][0], entry[0])):
        largest = sorted(values, key=lambda code: (-_weight(figures, code, values[code]), code))[:3]
        told = ", ".join(money(figures.setting, code, values[code]) for code in largest)
        more = f" and {len(values) - 3} more" if len(values) > 3 else ""  # noqa: PLR2004 - three are named
        words = REASONS.get(reason, "") or STATES.get(state, "Waiting")
        rows.append((words, reason or "–", STATES.get(state, state), count(items), told + more))  # noqa: RUF001 - a dash stands for nothing to tell
    return Table(("Why", "Code", "State", ">Legs", ">Value, largest"), rows)


def _weight(figures: Figures, code: str, minor: int) -> float:
    entered = figures.flows[code].entered_minor if code in figures.flows else 0
    return minor / entered if entered else 0.0


def _download(figures: Figures) -> Download:
    rows = [
        (
            one.currency,
            one.state,
            one.reason,
            one.how,
            one.items,
            major(one.value_minor, figures.setting.exponent(one.currency)),
        )
        for one in figures.outcomes
    ]
    return Download("outcomes", ("currency", "state", "reason", "how", "legs", "value"), rows)
