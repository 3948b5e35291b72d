"""Is a run well? Rules over what it has recorded, each a sentence with its evidence and a remedy.

trainer:    Watch keeps a Record, looks at it at logged steps, and writes `health` events where a finding begins
            and where it ends
dashboard:  reads those events, and adds by `of_run` what a trainer that is gone or stuck cannot report
"""

from engine.runs.health.finding import Finding, from_event, worst
from engine.runs.health.live import of_run
from engine.runs.health.record import Facts, Record
from engine.runs.health.rules import RULES, findings
from engine.runs.health.watch import Watch

__all__ = ["RULES", "Facts", "Finding", "Record", "Watch", "findings", "from_event", "of_run", "worst"]
