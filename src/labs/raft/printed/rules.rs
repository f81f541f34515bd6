//! The rules of the print, by name.

/// What fires in a node as printed. Those with a flaw's number are the flaws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    StartElection,
    GrantVote,
    RefuseVote,
    UpdateTerm,
    BecomeLeader,
    SendHeartbeat,
    FollowLeader,
    RefuseAppend,
    AppendCommand,
    Commit,
    ReadLocally,
    DropLate,
    /// RF-1
    CountRegardless,
    /// RF-2
    ForgetEverything,
    /// RF-3
    AcknowledgeUnread,
    /// RF-4
    KeepOldClock,
    /// RF-5
    IgnoreTermOfVote,
    /// RF-6
    IgnoreTermOfAck,
    /// RF-7
    LeadMinority,
    /// RF-8
    HalfIsEnough,
    /// RF-9
    WaitForSilent,
    /// RF-10
    GiveUpAtOnce,
    /// RF-11
    SkipNewDraw,
    /// RF-12
    CommitOldTerm,
    /// RF-13
    LeaderFollowsEqual,
    /// RF-14
    NoFirstHeartbeat,
}

impl Rule {
    /// Every rule, in the order of `rules.txt`.
    #[cfg(test)]
    pub const ALL: [Rule; 26] = [
        Rule::ForgetEverything,
        Rule::StartElection,
        Rule::SkipNewDraw,
        Rule::KeepOldClock,
        Rule::DropLate,
        Rule::IgnoreTermOfVote,
        Rule::WaitForSilent,
        Rule::GiveUpAtOnce,
        Rule::HalfIsEnough,
        Rule::CountRegardless,
        Rule::BecomeLeader,
        Rule::NoFirstHeartbeat,
        Rule::UpdateTerm,
        Rule::GrantVote,
        Rule::RefuseVote,
        Rule::LeaderFollowsEqual,
        Rule::FollowLeader,
        Rule::AcknowledgeUnread,
        Rule::RefuseAppend,
        Rule::SendHeartbeat,
        Rule::IgnoreTermOfAck,
        Rule::LeadMinority,
        Rule::AppendCommand,
        Rule::Commit,
        Rule::CommitOldTerm,
        Rule::ReadLocally,
    ];
}

/// Its name in `rules.txt`.
impl From<Rule> for &'static str {
    fn from(rule: Rule) -> &'static str {
        match rule {
            Rule::StartElection => "printed_start_election",
            Rule::GrantVote => "printed_grant_vote",
            Rule::RefuseVote => "printed_refuse_vote",
            Rule::UpdateTerm => "printed_update_term",
            Rule::BecomeLeader => "printed_become_leader",
            Rule::SendHeartbeat => "printed_send_heartbeat",
            Rule::FollowLeader => "printed_follow_leader",
            Rule::RefuseAppend => "printed_refuse_append",
            Rule::AppendCommand => "printed_append_command",
            Rule::Commit => "printed_commit",
            Rule::ReadLocally => "printed_read_locally",
            Rule::DropLate => "printed_drop_late",
            Rule::CountRegardless => "printed_count_regardless",
            Rule::ForgetEverything => "printed_forget_everything",
            Rule::AcknowledgeUnread => "printed_acknowledge_unread",
            Rule::KeepOldClock => "printed_keep_old_clock",
            Rule::IgnoreTermOfVote => "printed_ignore_term_of_vote",
            Rule::IgnoreTermOfAck => "printed_ignore_term_of_ack",
            Rule::LeadMinority => "printed_lead_minority",
            Rule::HalfIsEnough => "printed_half_is_enough",
            Rule::WaitForSilent => "printed_wait_for_silent",
            Rule::GiveUpAtOnce => "printed_give_up_at_once",
            Rule::SkipNewDraw => "printed_skip_new_draw",
            Rule::CommitOldTerm => "printed_commit_old_term",
            Rule::LeaderFollowsEqual => "printed_leader_follows_equal",
            Rule::NoFirstHeartbeat => "printed_no_first_heartbeat",
        }
    }
}
