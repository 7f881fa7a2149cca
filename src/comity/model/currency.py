"""Currencies: ISO 4217 codes, and into how many minor units each is divided.

A `Currency` is a code of ISO 4217 that can hold money: one with an exponent,
the number of decimals of its minor unit. The table is that of the standard's
maintenance agency as of 2026-01-01 and is part of the code, because amounts in
a log mean nothing without it: whoever replays a log needs the same exponents.
A later change of the standard is a new version of the table; a log's genesis
repeats the exponents that it was made with.

Codes without an exponent (`WITHOUT_MINOR_UNIT`) stand for units of account,
metals, tests and "no currency": no account can be kept in them. Codes that the
standard has withdrawn are not known.
"""

from dataclasses import dataclass
from types import MappingProxyType

from comity.errors import Fault, InvalidRequest
from comity.model.plain import describe


@dataclass(frozen=True, slots=True, order=True)
class Currency:
    """One currency of the table; obtain it with `currency`, never by hand.

    Attributes
    ----------
    code
        Three capital letters.
    numeric
        The three-digit number of ISO 4217.
    exponent
        Decimals of the minor unit, 0 to 4: 100 minor units are 1 if it is 2.
    """

    code: str
    numeric: int
    exponent: int

    def __str__(self) -> str:
        return self.code


def currency(code: str) -> Currency:
    """Return the currency of a code.

    Raises
    ------
    InvalidRequest
        If `code` is not an active code of ISO 4217 with a minor unit.

    Examples
    --------
    >>> currency("KWD").exponent
    3
    """
    found = CURRENCIES.get(code)
    if found is None:
        reason = WITHOUT_MINOR_UNIT.get(code)
        shown = f"{code} ({reason})" if reason else describe(code)
        raise InvalidRequest([Fault("", 0, "", "an ISO 4217 currency with a minor unit", shown)])
    return found


_CODES_BY_EXPONENT = {
    0: """
        BIF:108 CLP:152 DJF:262 GNF:324 ISK:352 JPY:392 KMF:174 KRW:410 PYG:600 RWF:646 UGX:800 UYI:940 VND:704
        VUV:548 XAF:950 XOF:952 XPF:953
    """,
    2: """
        AED:784 AFN:971 ALL:008 AMD:051 AOA:973 ARS:032 AUD:036 AWG:533 AZN:944 BAM:977 BBD:052 BDT:050 BMD:060
        BND:096 BOB:068 BOV:984 BRL:986 BSD:044 BTN:064 BWP:072 BYN:933 BZD:084 CAD:124 CDF:976 CHE:947 CHF:756
        CHW:948 CNY:156 COP:170 COU:970 CRC:188 CUP:192 CVE:132 CZK:203 DKK:208 DOP:214 DZD:012 EGP:818 ERN:232
        ETB:230 EUR:978 FJD:242 FKP:238 GBP:826 GEL:981 GHS:936 GIP:292 GMD:270 GTQ:320 GYD:328 HKD:344 HNL:340
        HTG:332 HUF:348 IDR:360 ILS:376 INR:356 IRR:364 JMD:388 KES:404 KGS:417 KHR:116 KPW:408 KYD:136 KZT:398
        LAK:418 LBP:422 LKR:144 LRD:430 LSL:426 MAD:504 MDL:498 MGA:969 MKD:807 MMK:104 MNT:496 MOP:446 MRU:929
        MUR:480 MVR:462 MWK:454 MXN:484 MXV:979 MYR:458 MZN:943 NAD:516 NGN:566 NIO:558 NOK:578 NPR:524 NZD:554
        PAB:590 PEN:604 PGK:598 PHP:608 PKR:586 PLN:985 QAR:634 RON:946 RSD:941 RUB:643 SAR:682 SBD:090 SCR:690
        SDG:938 SEK:752 SGD:702 SHP:654 SLE:925 SOS:706 SRD:968 SSP:728 STN:930 SVC:222 SYP:760 SZL:748 THB:764
        TJS:972 TMT:934 TOP:776 TRY:949 TTD:780 TWD:901 TZS:834 UAH:980 USD:840 USN:997 UYU:858 UZS:860 VED:926
        VES:928 WST:882 XAD:396 XCD:951 XCG:532 YER:886 ZAR:710 ZMW:967 ZWG:924
    """,
    3: """
        BHD:048 IQD:368 JOD:400 KWD:414 LYD:434 OMR:512 TND:788
    """,
    4: """
        CLF:990 UYW:927
    """,
}

CURRENCIES = MappingProxyType(
    {
        code: Currency(code, int(numeric), exponent)
        for exponent, block in _CODES_BY_EXPONENT.items()
        for code, numeric in (entry.split(":") for entry in block.split())
    }
)
"""Every currency by its code; funds codes such as CLF, which have a minor unit, included."""

WITHOUT_MINOR_UNIT = MappingProxyType(
    {
        "XAG": "silver",
        "XAU": "gold",
        "XBA": "a bond market unit",
        "XBB": "a bond market unit",
        "XBC": "a bond market unit",
        "XBD": "a bond market unit",
        "XDR": "a unit of account, special drawing right",
        "XPD": "palladium",
        "XPT": "platinum",
        "XSU": "a unit of account, sucre",
        "XTS": "reserved for testing",
        "XUA": "a unit of account of a development bank",
        "XXX": "no currency",
    }
)
"""Active codes in which no account can be kept, and what each stands for."""
