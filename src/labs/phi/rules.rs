//! The rules by name.

use crate::labs::rulebook::rules;

rules! {
    BeginLife "begin_life"
    SendHeartbeat "send_heartbeat"
    BeginListening "begin_listening"
    FirstHeartbeat "first_heartbeat"
    RecordInterval "record_interval"
    SkipOutage "skip_outage"
    RefuseOldBeat "refuse_old_beat"
    Suspect "suspect"
    TrustAgain "trust_again"
    TwinSuspects "twin_suspects"
    OnlyListens "only_listens"
    Stall "stall"
    DivideByZero "divide_by_zero"
    NoOpinion "no_opinion"
    LogOfZero "log_of_zero"
    PrintedFirst "printed_first"
    PrintedInterval "printed_interval"
    PrintedPoll "printed_poll"
    PrintedRaises "printed_raises"
}
