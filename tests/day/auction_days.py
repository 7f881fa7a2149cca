"""DAY folders that convert: banks with a million of each of four currencies without decimals."""

from pathlib import Path

CODES = {"A": "JPY", "B": "KRW", "C": "VND", "D": "CLP"}
HOMES = {"JPY": "JP", "KRW": "KR", "VND": "VN", "CLP": "CL"}
BANKS = 8
HEADER = "id,instant,participant,sell,buy,amount,limit,min_fill,until\n"
COMMANDS = "instant,command,participant,currency,target,amount,value\n"
NOON = 'at = ["12:00"]\n'


def orders(text: str, at: str = "10:00") -> str:
    """Rows from `A>B 1000 @1/2; ...`, one after the other in time, the first of bank 0, the next of bank 1."""
    rows = []
    for number, part in enumerate(text.split(";")):
        pair, amount, limit = part.split()
        sell, buy = (CODES[letter] for letter in pair.split(">"))
        rows.append(f"o{number},{at}:{number:02},BANK{number},{sell},{buy},{amount},{limit.removeprefix('@')},,\n")
    return "".join(rows)


def write_auction_day(folder: Path, rows: str, settings: str = NOON, **files: str) -> Path:
    """Write a day of these rows of orders.csv; `settings` is what stands under [auction]."""
    folder.mkdir(parents=True, exist_ok=True)
    members = "".join(f"{home},{code},{home}\n" for code, home in HOMES.items())
    homes = list(HOMES.values())
    banks = "".join(f"BANK{number},{homes[number % 4]},Bank\n" for number in range(BANKS))
    accounts = "".join(f"BANK{number},{code},1000000,0\n" for number in range(BANKS) for code in HOMES)
    contents = {
        "union.toml": f'name = "Test"\nbusiness_date = 2021-12-15\n[auction]\n{settings}',
        "members.csv": f"member,currency,name\n{members}",
        "participants.csv": f"participant,member,name\n{banks}",
        "accounts.csv": f"participant,currency,opening,credit_limit\n{accounts}",
        "orders.csv": HEADER + rows,
        **{f"{stem}.csv": text for stem, text in files.items()},
    }
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
