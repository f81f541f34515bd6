//! How many retries a caller may make, all in all. Every caller has a budget of its own.

/// Which rule a budget follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As many as you like.
    None,
    /// At most a share of the requests (SRE book, ch. 21; Finagle's RetryBudget): a request pays the
    /// share in, a retry takes one out.
    Ratio,
    /// The retry quota of the AWS SDKs' standard mode: 500 tokens; a retry takes 5, or 10 after a
    /// timeout, and gets them back if it succeeds; a first success gives 1.
    Aws,
    /// gRPC's retry throttling (A6): a failure takes 1 of 10, a success gives 0.1; no retries at half
    /// and below.
    Grpc,
}

/// What a budget is worth at the start, and at most, in thousandths of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    kind: Kind,
    tokens: u64,
    /// Ratio: how many thousandths of a token a request pays in.
    share: u64,
}

/// What a retry has taken, to be given back if it succeeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken(u64);

pub const TOKEN: u64 = 1_000;
const AWS_MOST: u64 = 500 * TOKEN;
const AWS_RETRY: u64 = 5 * TOKEN;
const AWS_TIMEOUT: u64 = 10 * TOKEN;
const GRPC_MOST: u64 = 10 * TOKEN;
const GRPC_SUCCESS: u64 = TOKEN / 10;
/// What the ratio budget begins with, so that a caller with few requests can retry at all.
pub const RATIO_RESERVE: u64 = 10 * TOKEN;
const RATIO_MOST: u64 = 100 * TOKEN;

impl Budget {
    /// A full one. `percent` is the share of the ratio budget.
    pub fn new(kind: Kind, percent: u64) -> Budget {
        let tokens = match kind {
            Kind::None => 0,
            Kind::Ratio => RATIO_RESERVE,
            Kind::Aws => AWS_MOST,
            Kind::Grpc => GRPC_MOST,
        };
        Budget { kind, tokens, share: percent * TOKEN / 100 }
    }

    /// In thousandths.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    pub fn most(&self) -> u64 {
        match self.kind {
            Kind::None => 0,
            Kind::Ratio => RATIO_MOST,
            Kind::Aws => AWS_MOST,
            Kind::Grpc => GRPC_MOST,
        }
    }

    /// A request begins.
    pub fn request(&mut self) {
        if self.kind == Kind::Ratio {
            self.tokens = (self.tokens + self.share).min(RATIO_MOST);
        }
    }

    /// A call failed; `timed_out` if there was no answer. gRPC counts them all.
    pub fn failure(&mut self) {
        if self.kind == Kind::Grpc {
            self.tokens = self.tokens.saturating_sub(TOKEN);
        }
    }

    /// A call succeeded, for whose attempt so much was taken.
    pub fn success(&mut self, taken: Taken) {
        let back = match self.kind {
            Kind::None | Kind::Ratio => 0,
            Kind::Aws if taken == Taken::default() => TOKEN,
            Kind::Aws => taken.0,
            Kind::Grpc => GRPC_SUCCESS,
        };
        self.tokens = (self.tokens + back).min(self.most());
    }

    /// Takes what a retry costs, if it is there.
    pub fn take(&mut self, after_timeout: bool) -> Option<Taken> {
        let cost = match self.kind {
            Kind::None => return Some(Taken::default()),
            Kind::Grpc => {
                return (self.tokens * 2 > GRPC_MOST).then(Taken::default);
            }
            Kind::Ratio => TOKEN,
            Kind::Aws if after_timeout => AWS_TIMEOUT,
            Kind::Aws => AWS_RETRY,
        };
        self.tokens = self.tokens.checked_sub(cost)?;
        Some(Taken(cost))
    }
}
