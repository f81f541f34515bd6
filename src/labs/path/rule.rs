//! The rules that all request-path labs have in common, and how a lab names its own.

/// A rule of the path, or one of the lab's own mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule<R> {
    Path(PathRule),
    Own(R),
}

impl<R: Into<&'static str>> From<Rule<R>> for &'static str {
    fn from(rule: Rule<R>) -> &'static str {
        match rule {
            Rule::Path(rule) => rule.into(),
            Rule::Own(rule) => rule.into(),
        }
    }
}

/// Names the rules of a lab: the enum, all of them in order, and their labels in `rules.txt`.
macro_rules! rules {
    ($(#[$doc:meta])* $name:ident { $($rule:ident => $label:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($rule,)* }

        impl $name {
            /// Every rule, in the order of the pseudo-code.
            #[cfg(test)]
            pub const ALL: &'static [$name] = &[$($name::$rule,)*];
        }

        impl From<$name> for &'static str {
            fn from(rule: $name) -> &'static str {
                match rule { $($name::$rule => $label,)* }
            }
        }
    };
}
pub(crate) use rules;

rules! {
    /// What any part of a path does, whatever the lab is about.
    PathRule {
        SendRequest => "send_request",
        StartWork => "start_work",
        WaitInQueue => "wait_in_queue",
        RefuseFull => "refuse_full",
        Answer => "answer",
        FailWork => "fail_work",
        TimeOut => "time_out",
        LateAnswer => "late_answer",
    }
}
