//! The rules by name. What each says, where it stands and why is in `rules.txt`.

use crate::labs::path::rule::rules;

rules! {
    /// A decision of a caller, or of the database about a request that may be a retry.
    Rule {
        FirstCall => "first_call",
        CallAgain => "call_again",
        Hedge => "hedge",
        TakeFirstAnswer => "take_first_answer",
        Backoff => "back_off",
        HonourPushback => "honour_pushback",
        GiveUpHopeless => "give_up_hopeless",
        GiveUpUnknown => "give_up_unknown",
        GiveUpAttempts => "give_up_attempts",
        GiveUpBudget => "give_up_budget",
        GiveUpDeadline => "give_up_deadline",
        NoTimeLeft => "no_time_left",
        LeaveRetries => "leave_retries",
        AtLeastOne => "at_least_one",
        DropExpired => "drop_expired",
        AskForPeace => "ask_for_peace",
        DoIt => "do_it",
        KnowKey => "know_key",
        LoseRace => "lose_race",
        RaiseTimeout => "raise_timeout",
        // Mutations.
        RetryHopeless => "retry_hopeless",
        IgnorePushback => "ignore_pushback",
        IgnoreBudget => "ignore_budget",
        DoTwice => "do_twice",
        NoCap => "no_cap",
        // As printed.
        PrintedCall => "printed_call",
        PrintedSleep => "printed_sleep",
        PrintedSmallJitter => "printed_small_jitter",
        PrintedNoCap => "printed_no_cap",
        PrintedNeverCalls => "printed_never_calls",
        PrintedAnyError => "printed_any_error",
        PrintedEachLayer => "printed_each_layer",
        PrintedNoPushback => "printed_no_pushback",
        PrintedRaise => "printed_raise",
        PrintedAlarm => "printed_alarm",
        PrintedAlarmStays => "printed_alarm_stays",
        PrintedOneAlarm => "printed_one_alarm",
        PrintedZero => "printed_zero",
        PrintedTypeError => "printed_type_error",
        PrintedSwallow => "printed_swallow",
        PrintedForeignTimeout => "printed_foreign_timeout",
    }
}
