"""Small DAY folders for tests: a sound one, and ways to change it."""

from pathlib import Path

SETTINGS = 'name = "Test"\nbusiness_date = 2021-12-15\n'

FILES = {
    "members.csv": "member,currency,name\nCN,CNY,China\nJP,JPY,Japan\nKW,KWD,Kuwait\nCL,CLF,Chile\n",
    "participants.csv": "participant,member,name\nALFA,CN,Alfa\nBETA,JP,Beta\nGAMA,KW,Gama\n",
    "accounts.csv": (
        "participant,currency,opening,credit_limit\n"
        + "".join(f"{code},{money},100,0\n" for code in ("ALFA", "BETA", "GAMA") for money in ("CNY", "JPY", "KWD"))
        + "ALFA,CLF,100,0\nBETA,CLF,100,0\n"
    ),
    "payments.csv": "id,instant,debtor,creditor,currency,amount\nP1,09:00:00,ALFA,BETA,CNY,1.50\n",
}

PAYMENT_HEADER = "id,instant,debtor,creditor,currency,amount\n"
PVP_HEADER = "id,instant,seller,buyer,sell_currency,sell_amount,buy_currency,buy_amount\n"


def write_day(folder: Path, settings: str = SETTINGS, **files: str | bytes) -> Path:
    """Write the sound day with some files replaced (`payments="..."`) or left out (empty text)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "union.toml").write_text(settings, encoding="utf-8")
    contents: dict[str, str | bytes] = {**FILES, **{f"{stem}.csv": text for stem, text in files.items()}}
    for name, text in contents.items():
        if text:
            (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder
