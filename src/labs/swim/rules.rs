//! The rules by name.

use crate::labs::rulebook::rules;

rules! {
    Join "join"
    Probe "probe"
    Answer "answer"
    HearAnswer "hear_answer"
    AskHelpers "ask_helpers"
    Help "help"
    PassOn "pass_on"
    IgnoreAnswer "ignore_answer"
    Suspect "suspect"
    Confirm "confirm"
    NotYet "not_yet"
    Declare "declare"
    HearDeclared "hear_declared"
    Refute "refute"
    TrustAgain "trust_again"
    IgnoreOldNews "ignore_old_news"
    Knock "knock"
    SendHeartbeat "send_heartbeat"
    HearHeartbeat "hear_heartbeat"
    Slander "slander"
    DeclareAtOnce "declare_at_once"
    DoNotRefute "do_not_refute"
    ReviveByOldNews "revive_by_old_news"
}
