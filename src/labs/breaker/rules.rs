//! The rules by name. What each says, where it stands and why is in `rules.txt`.

use crate::labs::path::rule::rules;

rules! {
    /// A decision of the gateway about a call.
    Rule {
        AdmitClosed => "admit_closed",
        RefuseOpen => "refuse_open",
        HalfOpen => "half_open",
        AdmitProbe => "admit_probe",
        RefuseNoPermit => "refuse_no_permit",
        RecordSuccess => "record_success",
        RecordFailure => "record_failure",
        RecordSlow => "record_slow",
        IgnoreOutcome => "ignore_outcome",
        StaleOutcome => "stale_outcome",
        TripFailures => "trip_failures",
        TripSlow => "trip_slow",
        TripInARow => "trip_in_a_row",
        ProbesClose => "probes_close",
        ProbesReopen => "probes_reopen",
        NoBreaker => "no_breaker",
        CancelCalls => "cancel_calls",
        SetClockBack => "set_clock_back",
        // Mutations.
        StaleCounts => "stale_counts",
        LateFailureRestarts => "late_failure_restarts",
        ProbesUnbounded => "probes_unbounded",
        PermitLeaks => "permit_leaks",
        CallersErrorsCount => "callers_errors_count",
        // As printed.
        PrintedCall => "printed_call",
        PrintedRefuse => "printed_refuse",
        PrintedHalfOpen => "printed_half_open",
        PrintedSuccess => "printed_success",
        PrintedFailure => "printed_failure",
        PrintedOpen => "printed_open",
        PrintedLateSuccess => "printed_late_success",
        PrintedLateFailure => "printed_late_failure",
        PrintedAdmitAll => "printed_admit_all",
        PrintedOtherProbe => "printed_other_probe",
        PrintedForgive => "printed_forgive",
        PrintedNeverExpires => "printed_never_expires",
        PrintedCallersError => "printed_callers_error",
        PrintedWallClock => "printed_wall_clock",
        PrintedCancelUnseen => "printed_cancel_unseen",
        PrintedSlowUnseen => "printed_slow_unseen",
    }
}
