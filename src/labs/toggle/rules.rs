//! The rules by name. What each says, where it stands and why is in `rules.txt`.

use crate::labs::path::rule::rules;

rules! {
    /// A decision about a feature, or about a charge.
    Rule {
        CallPrimary => "call_primary",
        FallBack => "fall_back",
        OperatorsOff => "operators_off",
        OffForHealth => "off_for_health",
        OffForRoom => "off_for_room",
        RecordFailure => "record_failure",
        IgnoreOutcome => "ignore_outcome",
        StaleOutcome => "stale_outcome",
        SwitchOff => "switch_off",
        TryAgain => "try_again",
        StillOff => "still_off",
        SwitchOn => "switch_on",
        SetOff => "set_off",
        SetOn => "set_on",
        RegisterAgain => "register_again",
        RefuseUnknown => "refuse_unknown",
        GiveUp => "give_up",
        TakeBack => "take_back",
        Charge => "charge",
        KnowCharge => "know_charge",
        // Mutations.
        OneFailure => "one_failure",
        NoWayBack => "no_way_back",
        TrialsUnbounded => "trials_unbounded",
        OneSwitch => "one_switch",
        NewKey => "new_key",
        BestFirst => "best_first",
        // As printed.
        PrintedPrimary => "printed_primary",
        PrintedFallback => "printed_fallback",
        PrintedDisable => "printed_disable",
        PrintedNoEnable => "printed_no_enable",
        PrintedException => "printed_exception",
        PrintedRegister => "printed_register",
        PrintedCauseLost => "printed_cause_lost",
        PrintedFalsy => "printed_falsy",
        PrintedChargeAgain => "printed_charge_again",
        PrintedGhost => "printed_ghost",
        PrintedWaits => "printed_waits",
    }
}
