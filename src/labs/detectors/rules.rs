//! The rules by name.

use crate::labs::rulebook::rules;

rules! {
    BeginLife "begin_life"
    SendHeartbeat "send_heartbeat"
    BeginListening "begin_listening"
    HearHeartbeat "hear_heartbeat"
    RefuseOldBeat "refuse_old_beat"
    Suspect "suspect"
    OthersSuspect "others_suspect"
    TrustAgain "trust_again"
    NotYet "not_yet"
    Tick "tick"
    Probe "probe"
    AnswerPing "answer_ping"
    HearAck "hear_ack"
    AskHelpers "ask_helpers"
    AllAnswered "all_answered"
    PingForOther "ping_for_other"
    PassAckOn "pass_ack_on"
    IgnoreAck "ignore_ack"
    NotItsBusiness "not_its_business"
}
