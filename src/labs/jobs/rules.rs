//! The rules of the jobs by name. What each says is in `rules.txt`, which every lab with jobs adds to
//! its own.

/// A decision about a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobRule {
    // Those who use the leader.
    Ask,
    AskAnother,
    FollowHint,
    Answered,
    LookAtClock,
    WriteUnderLease,
    LeaseOver,
    FencedOff,
    DoWork,
    UseVersion,
    RefuseOlder,
    // Members.
    Refuse,
    PutOnRecord,
    AnswerAtOnce,
    HandOutAgain,
    // The storage.
    Store,
    Fence,
    KnowAgain,
}

impl JobRule {
    /// Every rule, in the order of the pseudo-code.
    #[cfg(test)]
    pub const ALL: &'static [JobRule] = &[
        JobRule::Ask,
        JobRule::AskAnother,
        JobRule::FollowHint,
        JobRule::Answered,
        JobRule::LookAtClock,
        JobRule::WriteUnderLease,
        JobRule::LeaseOver,
        JobRule::FencedOff,
        JobRule::DoWork,
        JobRule::UseVersion,
        JobRule::RefuseOlder,
        JobRule::Refuse,
        JobRule::PutOnRecord,
        JobRule::AnswerAtOnce,
        JobRule::HandOutAgain,
        JobRule::Store,
        JobRule::Fence,
        JobRule::KnowAgain,
    ];
}

impl From<JobRule> for &'static str {
    fn from(rule: JobRule) -> &'static str {
        match rule {
            JobRule::Ask => "job_ask",
            JobRule::AskAnother => "job_ask_another",
            JobRule::FollowHint => "job_follow_hint",
            JobRule::Answered => "job_answered",
            JobRule::LookAtClock => "job_look_at_clock",
            JobRule::WriteUnderLease => "job_write_under_lease",
            JobRule::LeaseOver => "job_lease_over",
            JobRule::FencedOff => "job_fenced_off",
            JobRule::DoWork => "job_do_work",
            JobRule::UseVersion => "job_use_version",
            JobRule::RefuseOlder => "job_refuse_older",
            JobRule::Refuse => "job_refuse",
            JobRule::PutOnRecord => "job_put_on_record",
            JobRule::AnswerAtOnce => "job_answer_at_once",
            JobRule::HandOutAgain => "job_hand_out_again",
            JobRule::Store => "job_store",
            JobRule::Fence => "job_fence",
            JobRule::KnowAgain => "job_know_again",
        }
    }
}
