"""The answer to a command."""

from dataclasses import dataclass

from comity.model.reason import Reason, State


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command: STLD when it was carried out, RJTD with a reason when it was refused."""

    state: State
    reason: Reason = Reason.NONE
    detail: str = ""
    slot: int = -1
    """Instruction that the command made or concerns, -1 none."""

    def as_json(self) -> dict[str, str]:
        """Return state, ISO code of the reason, the reason's name, and detail."""
        named = self.reason.name if self.reason else ""
        return {"state": self.state.name, "reason": self.reason.code, "why": named, "detail": self.detail}


def done(detail: str = "", slot: int = -1) -> Answer:
    """Answer that a command was carried out."""
    return Answer(State.STLD, Reason.NONE, detail, slot)


def refused(reason: Reason, detail: str, slot: int = -1) -> Answer:
    """Answer that a command was refused."""
    return Answer(State.RJTD, reason, detail, slot)
