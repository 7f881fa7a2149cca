"""Who stands in a message: agents, parties and accounts."""

from typing import Annotated

from comity.iso20022.table import At, Group

Text = str


class Agent(Group, frozen=True):
    """A financial institution."""

    bic: Annotated[Text, At("FinInstnId/BICFI", "BIC of the institution")] = ""
    member: Annotated[Text, At("FinInstnId/ClrSysMmbId/MmbId", "its code in the union, where it has no BIC")] = ""
    lei: Annotated[Text, At("FinInstnId/LEI", "its LEI, by which it is known if it has neither")] = ""
    name: Annotated[Text, At("FinInstnId/Nm", "name of the institution")] = ""

    @property
    def code(self) -> str:
        """By which a participant is known in the union; empty if its LEI alone is given."""
        return self.bic or self.member


class Party(Group, frozen=True):
    """A person or organisation."""

    name: Annotated[Text, At("Nm", "name")] = ""
    town: Annotated[Text, At("PstlAdr/TwnNm", "town of the address")] = ""
    country: Annotated[Text, At("PstlAdr/Ctry", "country of the address")] = ""
    lines: Annotated[tuple[Text, ...], At("PstlAdr/AdrLine", "lines of an address that is not structured")] = ()
    bic: Annotated[Text, At("Id/OrgId/AnyBIC", "BIC of an organisation")] = ""
    lei: Annotated[Text, At("Id/OrgId/LEI", "LEI of an organisation")] = ""
    numbers: Annotated[tuple[Text, ...], At("Id/OrgId/Othr/Id", "numbers of an organisation")] = ()
    birth: Annotated[Text, At("Id/PrvtId/DtAndPlcOfBirth/BirthDt", "date of birth of a person")] = ""
    personal: Annotated[tuple[Text, ...], At("Id/PrvtId/Othr/Id", "numbers of a person")] = ()
    residence: Annotated[Text, At("CtryOfRes", "country of residence")] = ""


class Reason(Group, frozen=True):
    """Why something was refused, returned or is asked for."""

    code: Annotated[Text, At("Rsn/Cd", "code of the external list")] = ""
    own: Annotated[Text, At("Rsn/Prtry", "code of our own, where the list has none")] = ""
    lines: Annotated[tuple[Text, ...], At("AddtlInf", "in words")] = ()
