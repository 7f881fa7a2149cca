# ruff: noqa: E501 - tables of cases, one a line
"""Reading a DAY: what is bad input, with its place, and what is left to the engine."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from comity.day.read import Day, account_matrix, read_day
from comity.engine.accounts import Accounts
from comity.engine.columns import FLAG_BY_BUYER, FLAG_BY_SELLER, FLAG_INTERBANK, PVP, SIDE, unpack
from comity.engine.kernels.identity import hash_one
from comity.errors import Fault, InvalidRequest, NotFound
from comity.model.currency import CURRENCIES
from tests.day.folders import PAYMENT_HEADER, PVP_HEADER, SETTINGS, write_day

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "two-countries"


def faults(folder: Path) -> list[Fault]:
    with pytest.raises(InvalidRequest) as caught:
        read_day(folder)
    return list(caught.value.faults)


def only_fault(folder: Path) -> Fault:
    found = faults(folder)
    assert len(found) == 1, found
    return found[0]


def payment(**cells: str) -> str:
    """One payments.csv with a sound row, some cells changed or added."""
    row = {"id": "P1", "instant": "09:00:00", "debtor": "ALFA", "creditor": "BETA", "currency": "CNY", "amount": "1"}
    row |= cells
    return ",".join(row) + "\n" + ",".join(row.values()) + "\n"


def read_payment(folder: Path, **cells: str) -> Day:
    return read_day(write_day(folder, payments=payment(**cells)))


# What is read


def test_rows_are_read_as_columns_of_the_log(tmp_path: Path) -> None:
    day = read_payment(tmp_path, amount="1.50", priority="high", kind="interbank", purpose="ore")
    (row,) = day.payments.rows
    accounts = Accounts(day.genesis)
    assert (row["amount"], row["debtor"]) == (150, accounts.index("ALFA", "CNY"))
    assert (row["creditor"], row["flags"], row["side"]) == (accounts.index("BETA", "CNY"), 1 | FLAG_INTERBANK, -1)
    owner = [participant.code for participant in day.genesis.participants].index("ALFA")
    assert tuple(row["key"]) == hash_one(owner, "P1", day.genesis.seed)
    assert day.payments.text.to_pybytes() == b"P1\0ore\0"
    assert day.payments.instants.tolist() == [day.midnight + 9 * 3_600_000_000]


def test_account_indexes_are_those_of_the_engine(tmp_path: Path) -> None:
    genesis = read_day(write_day(tmp_path)).genesis
    accounts, matrix = Accounts(genesis), account_matrix(genesis)
    for row, participant in enumerate(genesis.participants):
        for column, (currency, _) in enumerate(genesis.currencies):
            assert matrix[row, column] == accounts.find(participant.code, currency)


def test_members_come_first_among_participants(tmp_path: Path) -> None:
    day = read_day(write_day(tmp_path))
    assert [one.code for one in day.genesis.participants] == ["CN", "JP", "KW", "CL", "ALFA", "BETA", "GAMA"]


def test_rows_enter_by_instant_then_by_place_in_the_file(tmp_path: Path) -> None:
    times = ["10:00:00", "09:00:00", "10:00:00", "08:00:00.5"]
    rows = "".join(f"P{place},{time},ALFA,BETA,CNY,1\n" for place, time in enumerate(times, 1))
    day = read_day(write_day(tmp_path, payments=PAYMENT_HEADER + rows))
    assert day.payments.numbers.tolist() == [4, 2, 1, 3]
    assert day.payments.ids.to_pylist() == ["P4", "P2", "P1", "P3"]
    assert day.payments.text.to_pybytes() == b"P4\0\0P2\0\0P1\0\0P3\0\0"


@pytest.mark.parametrize(
    ("currency", "amount", "minor"), [("JPY", "7", 7), ("KWD", "1.234", 1234), ("CLF", "0.5", 5000)]
)
def test_amount_follows_the_decimals_of_its_currency(tmp_path: Path, currency: str, amount: str, minor: int) -> None:
    assert read_payment(tmp_path, currency=currency, amount=amount).payments.rows["amount"].tolist() == [minor]


@pytest.mark.parametrize("amount", ["-5.00", "0", "9999999999999999.99"])
def test_amount_that_no_engine_settles_is_still_readable(tmp_path: Path, amount: str) -> None:
    assert len(read_payment(tmp_path, amount=amount).payments) == 1


def test_date_far_outside_the_window_is_left_to_the_engine(tmp_path: Path) -> None:
    day = read_payment(tmp_path, date="1970-01-01")
    assert day.payments.sides["date"].tolist() == [-1]


def test_same_id_twice_is_left_to_the_engine(tmp_path: Path) -> None:
    rows = PAYMENT_HEADER + "P1,09:00:00,ALFA,BETA,CNY,1\n" * 2
    assert len(read_day(write_day(tmp_path, payments=rows)).payments) == 2


def test_side_row_stands_only_where_something_is_rare(tmp_path: Path) -> None:
    header = "id,instant,debtor,creditor,currency,amount,date,earliest,latest,link,link_size\n"
    rows = (
        "P1,09:00:00,ALFA,BETA,CNY,1,2021-12-15,,,,\n"
        "P2,09:00:00,ALFA,BETA,CNY,1,2021-12-16,,,,\n"
        "P3,09:00:00,ALFA,BETA,CNY,1,,,11:00:00,,\n"
        "P4,09:00:00,ALFA,BETA,CNY,1,,,,SET,2\n"
        "P5,09:00:00,BETA,ALFA,CNY,1,,,,SET,\n"
    )
    day = read_day(write_day(tmp_path, payments=header + rows))
    sides = day.payments.sides
    assert day.payments.rows["side"].tolist() == [-1, 0, 1, 2, 3]
    assert (sides["date"][0] - sides["date"][1], sides["link_size"].tolist()) == (18_977, [0, 0, 2, 2])
    assert sides["latest"][1] == day.midnight + 11 * 3_600_000_000
    assert tuple(sides["link"][2]) == tuple(sides["link"][3]) == hash_one(-1, "SET", day.genesis.seed)


def test_pvp_names_four_accounts_and_its_sender(tmp_path: Path) -> None:
    header = PVP_HEADER.replace("\n", ",entered_by,reference\n")
    rows = "X1,09:00:00,ALFA,BETA,CNY,1,JPY,20,,\nX2,09:00:00,ALFA,BETA,CNY,1,JPY,20,buyer,REF\n"
    day = read_day(write_day(tmp_path, pvp=header + rows))
    both, one = day.pvps.rows
    accounts = Accounts(day.genesis)
    assert both["flags"] == 1 | FLAG_BY_SELLER | FLAG_BY_BUYER
    assert one["flags"] == 1 | FLAG_BY_BUYER
    assert [both[name] for name in ("seller_pays", "buyer_gets", "buyer_pays", "seller_gets")] == [
        accounts.index(*account) for account in (("ALFA", "CNY"), ("BETA", "CNY"), ("BETA", "JPY"), ("ALFA", "JPY"))
    ]
    owners = [participant.code for participant in day.genesis.participants]
    assert tuple(one["key"]) == hash_one(owners.index("BETA"), "X2", day.genesis.seed)
    assert (tuple(both["reference"]), both["sell_amount"], both["buy_amount"]) == ((0, 0), 100, 20)


def test_body_of_a_batch_stands_on_its_own(tmp_path: Path) -> None:
    header = PVP_HEADER.replace("\n", ",latest\n")
    rows = "".join(
        f"X{place},09:0{place}:00,ALFA,BETA,CNY,1,JPY,20,{'11:00:00' if place % 2 else ''}\n" for place in range(3, 8)
    )
    entries = read_day(write_day(tmp_path, pvp=header + rows)).pvps
    cut, sides, text = unpack(entries.body(1, 4), PVP)
    assert bytes(text) == b"X4\0\0X5\0\0X6\0\0"
    assert cut["offset"].tolist() == [0, 60_000_000, 120_000_000]
    assert (cut["text"].tolist(), cut["side"].tolist(), len(sides)) == ([0, 4, 8], [-1, 0, -1], 1)
    assert sides.dtype == SIDE


def test_parquet_and_csv_of_the_same_rows_are_the_same_day(tmp_path: Path) -> None:
    rows = payment(amount="12.50", priority="urgent")
    one = read_day(write_day(tmp_path / "csv", payments=rows))
    folder = write_day(tmp_path / "parquet", payments="")
    (tmp_path / "rows.csv").write_text(rows)
    pq.write_table(pyarrow.csv.read_csv(tmp_path / "rows.csv"), folder / "payments.parquet")
    table = pq.read_table(folder / "payments.parquet")
    place = table.column_names.index("amount")
    typed = table.set_column(place, "amount", pa.array(["12.5000"]).cast(pa.decimal128(18, 4)))
    pq.write_table(typed, folder / "payments.parquet")
    other = read_day(folder)
    assert other.genesis == one.genesis
    assert other.payments.rows.tobytes() == one.payments.rows.tobytes()
    assert other.payments.file == "payments.parquet"


def test_seed_follows_from_the_day_unless_it_is_given(tmp_path: Path) -> None:
    first, again = (read_day(write_day(tmp_path / name)).genesis.seed for name in ("a", "b"))
    other = read_day(write_day(tmp_path / "c", SETTINGS.replace("Test", "Other"))).genesis.seed
    stated = read_day(write_day(tmp_path / "d", SETTINGS + "seed = 7\n")).genesis.seed
    assert first == again != other
    assert stated == 7


def test_agreements_bind_only_if_there_is_a_file_of_them(tmp_path: Path) -> None:
    table = "member_a,member_b,services,currencies,from,until,cap,cap_currency\nCN,JP,payment pvp,CNY JPY,2021-01-01,,5.00,CNY\n"
    assert read_day(write_day(tmp_path / "open")).genesis.corridors_open
    genesis = read_day(write_day(tmp_path / "bound", agreements=table)).genesis
    (agreement,) = genesis.agreements
    assert not genesis.corridors_open
    assert (agreement.services, agreement.cap_minor, agreement.until_date) == (("payment", "pvp"), 500, None)


def test_settings_give_schedule_and_passes(tmp_path: Path) -> None:
    settings = (
        SETTINGS + '[phases]\nend = "24:00"\n[phases.JPY]\nclosed = true\n[offsetting]\nat = ["12:00", "09:00"]\n'
    )
    day = read_day(write_day(tmp_path, settings))
    assert day.genesis.schedule.end == 86_400_000_000
    assert day.genesis.currency_schedules["JPY"].closed
    assert day.passes is not None
    assert (day.passes.rule, day.passes.at) == ("fifo", (32_400_000_000, 43_200_000_000))


def test_commands_are_ordered_and_canonical(tmp_path: Path) -> None:
    table = (
        "instant,command,participant,currency,target,amount,value\n"
        "10:00:00,credit,ALFA,CNY,,5.00,\n09:00:00,offset,,,,,\n16:00:00,extend,,,end,,20:00\n"
    )
    commands = read_day(write_day(tmp_path, commands=table)).commands
    assert [given.command.command for given in commands] == ["offset", "credit", "extend"]
    assert (commands[1].command.amount_minor, commands[2].command.value) == (500, "2021-12-15T20:00:00Z")


def test_extension_of_the_end_makes_later_instants_part_of_the_day(tmp_path: Path) -> None:
    commands = "instant,command,target,value\n16:00:00,extend,end,20:00:00\n"
    day = read_day(write_day(tmp_path, payments=payment(instant="19:00:00"), commands=commands))
    assert len(day.payments) == 1


# What is bad input


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"amount": "1.234"}, "amount", "at most 2 decimals (CNY)"),
        ({"amount": "1.5", "currency": "JPY"}, "amount", "at most 0 decimals (JPY)"),
        ({"amount": "1234567890123456789"}, "amount", "at most 18 digits, in minor units too"),
        ({"amount": "ten"}, "amount", "an amount as decimal text, such as 1234.50"),
        ({"amount": ""}, "amount", "an amount as decimal text, such as 1234.50"),
        ({"debtor": "NOBODY"}, "debtor", "a participant of participants.csv"),
        ({"creditor": ""}, "creditor", "a participant of participants.csv"),
        ({"debtor": "GAMA", "currency": "CLF"}, "debtor", "a participant with an account in CLF in accounts.csv"),
        ({"currency": "XYZ"}, "currency", "a currency of ISO 4217"),
        ({"currency": "USD"}, "currency", "a currency of members.csv (CNY, JPY, KWD, CLF)"),
        ({"currency": "XAU"}, "currency", "a currency that can hold money, not gold"),
        ({"currency": ""}, "currency", "a currency of ISO 4217"),
        ({"id": ""}, "id", "1 to 35 characters"),
        ({"id": "x" * 36}, "id", "at most 35 characters"),
        ({"id": "a\x01b"}, "id", "text without control characters"),
        ({"instant": "9 o'clock"}, "instant", "HH:MM:SS[.ffffff] of the business date in UTC, or RFC 3339 with a zone"),
        ({"instant": "18:00:00"}, "instant", "an instant of the business day, from 2021-12-15T00:00:00Z until before 2021-12-15T18:00:00Z"),
        ({"instant": "2021-12-14T23:59:59Z"}, "instant", "an instant of the business day, from 2021-12-15T00:00:00Z until before 2021-12-15T18:00:00Z"),
        ({"priority": "asap"}, "priority", "urgent, high or normal"),
        ({"kind": "retail"}, "kind", "customer or interbank"),
        ({"date": "2021-02-29"}, "date", "a date as YYYY-MM-DD"),
        ({"link": "SET"}, "link_size", "a whole number from 2 to 64, in one row of the set at least"),
        ({"link": "SET", "link_size": "65"}, "link_size", "a whole number from 2 to 64"),
        ({"link_size": "2"}, "link", "the name of the linked set, since link_size is given"),
    ],
)  # fmt: skip
def test_unreadable_cell_is_named(tmp_path: Path, cells: dict[str, str], column: str, expected: str) -> None:
    fault = only_fault(write_day(tmp_path, payments=payment(**cells)))
    assert (fault.file, fault.row, fault.column, fault.expected) == ("payments.csv", 1, column, expected)
    assert fault.found.endswith("(line 2)")


def test_faults_of_all_files_come_together_in_order(tmp_path: Path) -> None:
    folder = write_day(
        tmp_path,
        SETTINGS + "speed = 9\n",
        payments=PAYMENT_HEADER + "P1,25:00:00,ALFA,BETA,CNY,x\nP2,09:00:00,NOBODY,BETA,CNY,1\n",
        limits="kind,debtor,creditor,currency,amount\nodd,ALFA,BETA,CNY,1\n",
        commands="instant,command,participant,currency,amount\n09:00:00,credit,ALFA,CNY,\n",
    )
    places = [(fault.file, fault.row, fault.column) for fault in faults(folder)]
    assert places == [
        ("union.toml", 0, "speed"),
        ("limits.csv", 1, "kind"),
        ("commands.csv", 1, "amount"),
        ("payments.csv", 1, "amount"),
        ("payments.csv", 1, "instant"),
        ("payments.csv", 2, "debtor"),
    ]


def test_a_hundred_faults_are_kept_of_a_file_that_is_wrong_throughout(tmp_path: Path) -> None:
    rows = PAYMENT_HEADER + "P,09:00:00,ALFA,BETA,CNY,bad\n" * 500
    with pytest.raises(InvalidRequest) as caught:
        read_day(write_day(tmp_path, payments=rows))
    assert (len(caught.value.faults), caught.value.more) == (100, True)


def test_line_is_that_of_the_editor_after_blank_lines_and_quoted_breaks(tmp_path: Path) -> None:
    header = PAYMENT_HEADER.replace("\n", ",purpose\n")
    rows = 'P1,09:00:00,ALFA,BETA,CNY,1,"two\nlines"\n\nP2,09:00:00,ALFA,BETA,CNY,bad,\n'
    found = faults(write_day(tmp_path, payments=header + rows))
    assert [(fault.row, fault.column, fault.found) for fault in found] == [
        (1, "purpose", "'two\\nlines' (line 2)"),
        (2, "amount", "'bad' (line 5)"),
    ]


@pytest.mark.parametrize(
    ("header", "column", "expected"),
    [
        ("id,instant,debtor,creditor,currency", "amount", "a column amount"),
        (PAYMENT_HEADER.strip() + ",colour", "colour", "one of the columns id, instant, debtor, creditor, currency, amount, "),
        (PAYMENT_HEADER.strip() + ",id", "id", "each column once"),
        ("", "", "a header line"),
    ],
)  # fmt: skip
def test_wrong_columns_are_named(tmp_path: Path, header: str, column: str, expected: str) -> None:
    fault = only_fault(write_day(tmp_path, payments=header + "\n"))
    assert (fault.row, fault.column) == (0, column)
    assert fault.expected.startswith(expected)


def test_row_with_too_few_cells_is_named(tmp_path: Path) -> None:
    rows = PAYMENT_HEADER + "P1,09:00:00,ALFA,BETA,CNY,1\nP2,09:00:00,ALFA\n"
    fault = only_fault(write_day(tmp_path, payments=rows))
    assert (fault.row, fault.expected, fault.found) == (2, "6 cells", "3 (line 3)")


@pytest.mark.parametrize(
    ("rows", "row", "column", "line"),
    [
        pytest.param('P1,09:00:00,"ALFA,BETA,CNY,1,\nP2,09:00:00,ALFA,BETA,CNY,1,\n', 1, "debtor", 2, id="in the middle"),
        pytest.param('P1,09:00:00,ALFA,BETA,CNY,1,"ore\nP2,09:00:00,ALFA,BETA,CNY,1,\n', 1, "purpose", 2, id="last cell"),
        pytest.param('P1,09:00:00,ALFA,BETA,CNY,1,"two\nlines"\n\n"P2,09:00:00,ALFA', 2, "id", 5, id="after breaks"),
        pytest.param('P1,09:00:00,ALFA,BETA,CNY,1,"ore ""\n', 1, "purpose", 2, id="doubled at the end"),
        pytest.param('P1,09:00:00,ALFA,BETA,CNY,1,"' + "x\n" * 100_000, 1, "purpose", 2, id="before much"),
    ],
)  # fmt: skip
def test_quote_that_is_not_closed_is_named_where_it_begins(
    tmp_path: Path, rows: str, row: int, column: str, line: int
) -> None:
    fault = only_fault(write_day(tmp_path, payments=PAYMENT_HEADER.replace("\n", ",purpose\n") + rows))
    found = f"none from line {line} to the end of the file"
    assert fault == Fault("payments.csv", row, column, "a quote that closes the cell", found)


def test_quote_that_is_not_closed_in_the_header_is_named(tmp_path: Path) -> None:
    fault = only_fault(write_day(tmp_path, payments='id,"instant,debtor\nP1,09:00:00,ALFA\n'))
    assert (fault.row, fault.column, fault.expected) == (0, "", "a quote that closes the cell")


def test_quote_inside_a_cell_is_a_character(tmp_path: Path) -> None:
    rows = 'P1,09:00:00,ALFA,BETA,CNY,1,5" pipes\nP2,09:00:00,ALFA,BETA,CNY,1,"5"" pipes"\n'
    day = read_day(write_day(tmp_path, payments=PAYMENT_HEADER.replace("\n", ",purpose\n") + rows))
    assert day.payments.text.to_pybytes() == b'P1\x005" pipes\0P2\x005" pipes\0'


def test_rows_of_uneven_length_are_named_among_quoted_breaks_and_long_cells(tmp_path: Path) -> None:
    long = "x" * 200_000
    rows = f'P1,09:00:00,ALFA,BETA,CNY,1,"two\nlines"\n\nP2,09:00:00\nP3,09:00:00,ALFA,BETA,CNY,1,{long},\n'
    found = faults(write_day(tmp_path, payments=PAYMENT_HEADER.replace("\n", ",purpose\n") + rows))
    assert [(fault.row, fault.expected, fault.found) for fault in found] == [
        (2, "7 cells", "2 (line 5)"),
        (3, "7 cells", "8 (line 6)"),
    ]


def test_nul_byte_is_named_with_its_place(tmp_path: Path) -> None:
    rows = PAYMENT_HEADER.encode() + b"P1,09:00:00,ALFA,BE\0TA,CNY,1\n"
    fault = only_fault(write_day(tmp_path, payments=rows))
    assert (fault.row, fault.column, fault.found) == (1, "creditor", "a NUL byte (line 2)")


def test_bytes_that_are_no_utf_8_are_named(tmp_path: Path) -> None:
    rows = PAYMENT_HEADER.encode() + b"P\xff,09:00:00,ALFA,BETA,CNY,1\n"
    fault = only_fault(write_day(tmp_path, payments=rows))
    assert (fault.row, fault.column, fault.found) == (1, "id", "byte 0xff (line 2)")


def test_damaged_parquet_is_told_from_a_truncated_one(tmp_path: Path) -> None:
    folder = write_day(tmp_path, payments="")
    path = folder / "payments.parquet"
    pq.write_table(pa.table({"id": ["P1"]}), path)
    whole = path.read_bytes()
    for content, found in (
        (whole[:-10], f"{len(whole) - 10} bytes that do not end with PAR1: the file is cut short"),
        (whole[4:], f"{len(whole) - 4} bytes that do not begin with PAR1"),
        (b"", "0 bytes that do not begin with PAR1"),
        (whole[:20] + whole[30:], f"{len(whole) - 10} bytes between which some are altered or missing"),
    ):
        path.write_bytes(content)
        assert only_fault(folder) == Fault("payments.parquet", 0, "", "a complete Parquet file", found)


def test_floats_of_parquet_are_refused(tmp_path: Path) -> None:
    folder = write_day(tmp_path, payments="")
    row = {"id": ["P1"], "instant": ["09:00:00"], "debtor": ["ALFA"], "creditor": ["BETA"], "currency": ["CNY"]}
    pq.write_table(pa.table(row | {"amount": [1.5]}), folder / "payments.parquet")
    fault = only_fault(folder)
    assert (fault.column, fault.found) == ("amount", "type double")


def test_nul_in_parquet_text_is_refused(tmp_path: Path) -> None:
    folder = write_day(tmp_path, payments="")
    row = {"id": ["P\x001"], "instant": ["09:00:00"], "debtor": ["ALFA"], "creditor": ["BETA"], "currency": ["CNY"]}
    pq.write_table(pa.table(row | {"amount": ["1.50"]}), folder / "payments.parquet")
    fault = only_fault(folder)
    assert (fault.column, fault.expected) == ("id", "text without control characters")


def test_csv_and_parquet_of_one_table_are_refused(tmp_path: Path) -> None:
    folder = write_day(tmp_path)
    pq.write_table(pa.table({"id": ["P1"]}), folder / "payments.parquet")
    assert only_fault(folder).expected == "one of payments.csv and payments.parquet"


@pytest.mark.parametrize(
    ("settings", "column", "expected"),
    [
        ("name = 1\nbusiness_date = 2021-12-15\n", "name", "text"),
        ('business_date = "2021-12-15"\n', "business_date", "a date such as 2021-12-15, without quotes"),
        ('name = "x"\n', "business_date", "a date such as 2021-12-15"),
        (SETTINGS + "corridors = true\n", "corridors", "open or agreements"),
        (SETTINGS + "bypass_normal = 1\n", "bypass_normal", "true or false"),
        (SETTINGS + 'unit = { CNY = "half" }\n', "unit.CNY", "a weight above 0"),
        (SETTINGS + "unit = { USD = 1 }\n", "unit.USD", "a currency of members.csv (CNY, JPY, KWD, CLF)"),
        (SETTINGS + '[phases]\nopen = "25:00"\n', "phases.open", 'a time such as "16:00"'),
        (SETTINGS + '[phases]\nopen = "17:00"\n', "phases.customer_cutoff", "a time not before open"),
        (SETTINGS + '[phases]\nlunch = "12:00"\n', "phases.lunch", "one of the keys start, open, "),
        (SETTINGS + "[phases.CNY]\nclosed = 1\n", "phases.CNY.closed", "true or false"),
        (SETTINGS + '[offsetting]\nevery = "5 minutes"\n', "offsetting.every", 'a length of time such as "300s"'),
        (SETTINGS + '[offsetting]\nrule = "fastest"\n', "offsetting.rule", "fifo, all-or-nothing, partial, greedy, best or exact"),
        (SETTINGS + '[offsetting]\nevery = "60s"\nat = []\n', "offsetting.at", "either every or at"),
        (SETTINGS + '[clearing]\nmode = "net"\n', "clearing.mode", "existing or ccp"),
        (SETTINGS + '[auction]\ntolerance = "2"\n', "auction.tolerance", 'a decimal in quotes such as "1e-6"'),
        ("name = \n", "", "TOML"),
    ],
)  # fmt: skip
def test_wrong_setting_is_named(tmp_path: Path, settings: str, column: str, expected: str) -> None:
    fault = faults(write_day(tmp_path, settings))[0]
    assert (fault.file, fault.column) == ("union.toml", column)
    assert fault.expected.startswith(expected)


@pytest.mark.parametrize(
    ("files", "place", "expected"),
    [
        ({"members": "member,currency,name\nchn,CNY,China\n"}, ("members.csv", "member"), "two capital letters of ISO 3166-1"),
        ({"members": "member,currency,name\nCN,CNY,China\nHK,CNY,Hong Kong\n"}, ("members.csv", "currency"), "each currency once"),
        ({"participants": "participant,member,name\nALFA,FR,Alfa\n"}, ("participants.csv", "member"), "a member of members.csv"),
        ({"participants": "participant,member,name,lei\nALFA,CN,Alfa,123\n"}, ("participants.csv", "lei"), "an LEI with its check digits"),
        ({"accounts": "participant,currency,opening,credit_limit\nCN,CNY,1,0\n"}, ("accounts.csv", "opening"), "0 minor units or no row"),
        ({"accounts": "participant,currency,opening,credit_limit\nALFA,CNY,1,-1\n"}, ("accounts.csv", "credit_limit"), "an amount of 0 or more"),
        ({"limits": "kind,debtor,creditor,currency,amount\nbilateral,ALFA,,CNY,1\n"}, ("limits.csv", "creditor"), "a participant of"),
        ({"limits": "kind,debtor,creditor,currency,amount\nholding,ALFA,BETA,CNY,1\n"}, ("limits.csv", "creditor"), "an empty cell"),
        ({"limits": "kind,debtor,creditor,currency,amount\ncorridor,ALFA,JP,CNY,1\n"}, ("limits.csv", "debtor"), "a member of"),
        ({"rates": "date,base,quote,rate,source\n2021-12-15,USD,CNY,-6,x\n"}, ("rates.csv", "rate"), "a decimal or a ratio p/q above 0"),
        ({"commands": "instant,command\n09:00:00,bid\n"}, ("commands.csv", "command"), "one of transfer_in, "),
        ({"commands": "instant,command,participant,currency,amount\n09:00:00,credit,ALFA,CLP,1\n"}, ("commands.csv", "currency"), "a currency of this union"),
        ({"commands": "instant,command,participant,currency,amount\n09:00:00,credit,GAMA,CLF,1\n"}, ("commands.csv", "participant"), "a participant with an account in CLF"),
        ({"commands": "instant,command,participant,currency,amount\n23:00:00,credit,ALFA,CNY,1\n"}, ("commands.csv", "instant"), "an instant from"),
        ({"obligations": "id,debtor,creditor,currency,amount,due\n1,ALFA,BETA,CNY,1,soon\n"}, ("obligations.csv", "due"), "a date"),
    ],
)  # fmt: skip
def test_wrong_standing_data_is_named(
    tmp_path: Path, files: dict[str, str], place: tuple[str, str], expected: str
) -> None:
    found = faults(write_day(tmp_path, **files))
    assert (found[0].file, found[0].column) == place, found
    assert found[0].expected.startswith(expected)


def test_issuer_account_may_stand_there_if_it_says_what_follows(tmp_path: Path) -> None:
    header = "participant,currency,opening,credit_limit\n"
    rows = "ALFA,CNY,5,0\nBETA,CNY,-2,3\nCN,CNY,-3.00,0\n"
    genesis = read_day(write_day(tmp_path, accounts=header + rows)).genesis
    assert [(account.participant, account.opening_minor) for account in genesis.accounts] == [
        ("ALFA", 500),
        ("BETA", -200),
    ]


def test_orders_without_rows_do_no_harm(tmp_path: Path) -> None:
    header = "id,instant,participant,sell,buy,amount,limit\n"
    assert len(read_day(write_day(tmp_path, orders=header)).payments) == 1


def test_fault_in_one_table_does_not_make_faults_in_those_that_need_it(tmp_path: Path) -> None:
    folder = write_day(tmp_path, participants="participant,member,name,colour\nALFA,CN,Alfa,red\n")
    assert only_fault(folder).column == "colour"


@pytest.mark.parametrize("name", ["union.toml", "members.csv", "participants.csv", "accounts.csv"])
def test_missing_file_is_the_only_fault_of_a_day_that_needs_it_everywhere(tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "day"))
    with (folder / "payments.csv").open("a") as file:
        file.write("evening,23:59:00,EASTCNBJ,PORTCNSH,CNY,1.00,normal,customer,\n")
    settings = folder / "union.toml"
    settings.write_text(settings.read_text().replace('end = "18:00"', 'end = "24:00"'))
    assert read_day(folder).genesis.members
    (folder / name).unlink()
    assert only_fault(folder) == Fault(name, 0, "", "the file", "no such file")


def test_cell_that_is_wrong_in_any_union_is_named_while_members_are_unknown(tmp_path: Path) -> None:
    header = "member_a,member_b,services,currencies,from\n"
    table = header + "CN,JP,payment,CNY JPY,2021-01-01\nCN,JP,payment,CNY QQQ,2021-01-01\n"
    commands = "instant,command,participant,currency,amount\n09:00:00,credit,ALFA,CNY,1.005\n"
    folder = write_day(tmp_path, members="", agreements=table, commands=commands)
    places = [(fault.file, fault.row, fault.column) for fault in faults(folder)]
    assert places == [("members.csv", 0, ""), ("agreements.csv", 2, "currencies"), ("commands.csv", 1, "amount")]


def test_folder_that_does_not_exist_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_day(tmp_path / "nowhere")


def test_every_exponent_of_the_test_union_is_there() -> None:
    assert [CURRENCIES[code].exponent for code in ("JPY", "CNY", "KWD", "CLF")] == [0, 2, 3, 4]
