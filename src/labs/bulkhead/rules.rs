//! The rules by name. What each says, where it stands and why is in `rules.txt`.

use crate::labs::path::rule::rules;

rules! {
    /// A decision of the gateway about its threads.
    Rule {
        CallDependency => "call_dependency",
        TakePermit => "take_permit",
        RefuseNoPermit => "refuse_no_permit",
        GivePermitBack => "give_permit_back",
        WaitedTooLong => "waited_too_long",
        Borrow => "borrow",
        PermitLeaks => "permit_leaks",
        WaitForEver => "wait_for_ever",
        CountAll => "count_all",
    }
}
