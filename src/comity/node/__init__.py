"""THE RUNNING SYSTEM: append, then apply, then answer; recovery, verification, backup."""

from comity.node.node import Node
from comity.node.restore import restore
from comity.node.sequencer import Ticket
from comity.node.verify import Verified, verify, verify_file

__all__ = ["Node", "Ticket", "Verified", "restore", "verify", "verify_file"]
