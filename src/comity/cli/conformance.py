"""`comity conformance` and `comity certificate`: what a sandbox finds messages to be, and what it certified."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from comity.cli.answers import content_of, told
from comity.cli.summary import show
from comity.errors import EnvironmentFailed, Fault, InvalidRequest

if TYPE_CHECKING:
    from comity.client import Client
    from comity.wire.conformance import Report


def examine(server: str, config: Path | None, output: str, messages: Sequence[Path]) -> None:
    """Print what messages are found to be, and exit with 1 if one would be refused."""
    import msgspec

    files = [file for each in messages for file in _files(each)]
    found: list[Report] = []

    def ask(client: "Client") -> object:
        found.extend(client.examine(content_of(file)) for file in files)
        pairs = zip(files, found, strict=True)
        if output == "json":
            return {"items": [{"file": str(file), **msgspec.to_builtins(report)} for file, report in pairs]}
        return {"items": [_line(file, report) for file, report in pairs]}

    told(server, config, output, ask)
    if not all(report.accepted for report in found):
        sys.exit(1)


def stand(server: str, config: Path | None, output: str) -> None:
    """Print which cases of the suite whoever asks has passed, and by which messages."""

    def ask(client: "Client") -> object:
        standing = client.conformance()
        if output == "json":
            return standing
        cases = standing.cases
        items = [
            {"case": each.case, "passed_by": each.passed.message if each.passed else "", "asks_for": each.asks}
            for each in cases
        ]
        return {"items": items, "passed": f"{sum(each.passed is not None for each in cases)} of {len(cases)}"}

    told(server, config, output, ask)


def certify(server: str, config: Path | None) -> None:
    """Print the certificate of whoever asks, as JSON."""
    told(server, config, "json", lambda client: client.certificate())


def check(path: Path, key: str, *, as_json: bool) -> None:
    """Print who is certified; ProofFailed unless this key has signed it, hexadecimal."""
    try:
        import msgspec

        from comity.client.proof import check_certificate
        from comity.wire.conformance import Certificate
    except ModuleNotFoundError as error:
        raise EnvironmentFailed(f"{error.name} is missing: install comity[serve]") from error
    try:
        certificate: Certificate = msgspec.json.decode(content_of(path), type=Certificate)
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise InvalidRequest([Fault(str(path), 0, "", "a certificate of conformance, JSON", str(bad))]) from None
    check_certificate(certificate, key)
    figures = {
        "participant": certificate.participant,
        "union": certificate.union,
        "suite": certificate.suite,
        "cases": len(certificate.cases),
        "software": certificate.software,
        "issued_at": certificate.issued_at,
    }
    show(figures, as_json=as_json)


def _files(path: Path) -> list[Path]:
    """Return a file, or the messages of a folder in the order of their names."""
    if path.is_file():
        return [path]
    files = sorted(path.glob("*.xml"))
    if not files:
        raise InvalidRequest([Fault(str(path), 0, "", "a message, or a folder with messages (*.xml)", "none")])
    return files


def _line(file: Path, report: "Report") -> dict[str, object]:
    broken = [f"{each.rule} ({each.places[0].place})" for each in report.rules if each.result == "failed"]
    places = [f"{report.refusal} ({each.place or each.found})" for each in report.schema] or [report.refusal] * bool(
        report.refusal
    )
    return {
        "file": file.name,
        "accepted": report.accepted,
        "message": report.definition,
        "reference": report.reference,
        "why": "; ".join(broken + places) or report.why,
    }
