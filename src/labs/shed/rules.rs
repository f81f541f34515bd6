//! The rules by name. What each says, where it stands and why is in `rules.txt`.

use crate::labs::path::rule::rules;

rules! {
    /// A decision about who is served.
    Rule {
        Admit => "admit",
        RefuseBound => "refuse_bound",
        RefuseClass => "refuse_class",
        RefuseLimit => "refuse_limit",
        CodelDrop => "codel_drop",
        NewestFirst => "newest_first",
        DropExpired => "drop_expired",
        HoldBack => "hold_back",
        Peek => "peek",
        // Mutations.
        ShedIdle => "shed_idle",
        ServeExpired => "serve_expired",
        HighFirst => "high_first",
        OneTooMany => "one_too_many",
        // As printed.
        PrintedAdmit => "printed_admit",
        PrintedShed => "printed_shed",
        PrintedShedLow => "printed_shed_low",
        PrintedOneMore => "printed_one_more",
        PrintedNotSeen => "printed_not_seen",
        PrintedIdle => "printed_idle",
        PrintedCpu => "printed_cpu",
        PrintedEverything => "printed_everything",
        PrintedTypeError => "printed_type_error",
        PrintedTwice => "printed_twice",
        PrintedNoAge => "printed_no_age",
    }
}
