"""What records did, read by many at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from comity.gateway.changes import ChangesReader
from comity.gateway.payments import payment_batch
from comity.wire.instructions import Payment
from tests.gateway.union import open_gateway


def test_reader_serves_several_threads_at_once(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    for number in range(50):
        payment = Payment(f"p{number}", "ALFACNBJ", "BETACNBJ", "CNY", "0.01")
        gateway.writer.enter("ALFACNBJ", payment_batch(payment, gateway.directory)).result()
    reader = ChangesReader(gateway.memory.changes.path)
    expected = [done.sequence for done in reader.after(0, 100)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: [done.sequence for done in reader.after(0, 100)], range(5_000)))
    assert found == [expected] * 5_000
    reader.close()
    gateway.close()
