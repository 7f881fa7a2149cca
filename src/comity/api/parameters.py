"""Parameters that many routes take, with what the description of the API says about them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar.params import PathParameter, QueryParameter

from comity.gateway.instructions import LIMIT_MAX

DryRun: TypeAlias = Annotated[
    bool,
    QueryParameter(description="answer as if it happened now, and let nothing happen: no id and no key is used up"),
]
Holder: TypeAlias = Annotated[
    str,
    QueryParameter(max_length=35, description="code of a participant; the sender's own, or all it may see, if empty"),
]
OfCurrency: TypeAlias = Annotated[str, QueryParameter(max_length=3, description="ISO 4217; empty for every currency")]
After: TypeAlias = Annotated[
    str, QueryParameter(max_length=40, description="cursor: what follows it is told; empty for the beginning")
]
Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="items of a page at most")]
InState: TypeAlias = Annotated[
    str,
    QueryParameter(
        name="state", max_length=80, description="states with commas between, or `waiting` or `final`; empty for any"
    ),
]
WithId: TypeAlias = Annotated[
    str,
    QueryParameter(
        name="id", max_length=35, description="only the instruction that `participant` entered under this id"
    ),
]
AsOf: TypeAlias = Annotated[
    int, QueryParameter(ge=0, le=(1 << 31) - 1, description="with records up to this one applied; 0 for the last one")
]
OnDate: TypeAlias = Annotated[
    str,
    QueryParameter(name="date", max_length=10, description="business date that is over, as 2021-12-15; empty for now"),
]
AfterSequence: TypeAlias = Annotated[
    int, QueryParameter(ge=0, le=(1 << 31) - 1, description="what the records after this one did")
]
Kind: TypeAlias = Annotated[
    str, QueryParameter(max_length=20, description="payment, pvp, obligation, order or transfer; empty for every kind")
]
Money: TypeAlias = Annotated[str, QueryParameter(max_length=3, description="currency of the account, ISO 4217")]
Id: TypeAlias = Annotated[str, PathParameter(description="as the instructing participant wrote it")]
Code: TypeAlias = Annotated[str, PathParameter(description="BIC or code of a participant")]
MoneyPath: TypeAlias = Annotated[str, PathParameter(description="currency of the account, ISO 4217")]
