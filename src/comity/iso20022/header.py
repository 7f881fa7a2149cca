"""The business application header (head.001): from whom to whom, which message, of which reference."""

from typing import Annotated

from comity.iso20022.messages.parties import Text
from comity.iso20022.table import At, Group

VERSION = "head.001.001.02"
"""Version that is written unless its receiver speaks another."""


class Business(Group, frozen=True):
    """The header of another message, to which this one is related."""

    sender: Annotated[Text, At("Fr/FIId/FinInstnId/BICFI", "BIC of who sent it")] = ""
    receiver: Annotated[Text, At("To/FIId/FinInstnId/BICFI", "BIC of who it was for")] = ""
    reference: Annotated[Text, At("BizMsgIdr", "reference of the message")] = ""
    definition: Annotated[Text, At("MsgDefIdr", "version of the message")] = ""
    service: Annotated[Text, At("BizSvc", "usage guideline it follows")] = ""
    created: Annotated[Text, At("CreDt", "when it was made")] = ""


class Header(Group, frozen=True):
    """Before every document: who sends it to whom."""

    sender: Annotated[Text, At("Fr/FIId/FinInstnId/BICFI", "BIC of the sender")] = ""
    sender_member: Annotated[Text, At("Fr/FIId/FinInstnId/ClrSysMmbId/MmbId", "its code, where it has no BIC")] = ""
    sender_lei: Annotated[Text, At("Fr/FIId/FinInstnId/LEI", "its LEI")] = ""
    sender_organisation: Annotated[Text, At("Fr/OrgId/Id/OrgId/AnyBIC", "BIC of a sender that is no institution")] = ""
    receiver: Annotated[Text, At("To/FIId/FinInstnId/BICFI", "BIC of the receiver")] = ""
    receiver_member: Annotated[Text, At("To/FIId/FinInstnId/ClrSysMmbId/MmbId", "its code, where it has no BIC")] = ""
    receiver_lei: Annotated[Text, At("To/FIId/FinInstnId/LEI", "its LEI")] = ""
    receiver_organisation: Annotated[Text, At("To/OrgId/Id/OrgId/AnyBIC", "BIC of a receiver that is none")] = ""
    reference: Annotated[Text, At("BizMsgIdr", "reference of the message")] = ""
    definition: Annotated[Text, At("MsgDefIdr", "version of the message")] = ""
    service: Annotated[Text, At("BizSvc", "usage guideline it follows")] = ""
    created: Annotated[Text, At("CreDt", "when it was made")] = ""
    copy: Annotated[Text, At("CpyDplct", "whether it is a copy or a duplicate")] = ""
    duplicate: Annotated[Text, At("PssblDplct", "true if it may have been sent before")] = ""
    related: Annotated[tuple[Business, ...], At("Rltd", "headers of the messages that it answers")] = ()

    @property
    def sent_by(self) -> str:
        """Code of the sender; empty if its LEI alone is given."""
        return self.sender or self.sender_member or self.sender_organisation

    @property
    def sent_to(self) -> str:
        """Code of the receiver; empty if its LEI alone is given."""
        return self.receiver or self.receiver_member or self.receiver_organisation
