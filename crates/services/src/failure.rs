//! How a rule can end without an answer: refused, to be asked again, not loaded, or broken.

use stepwell_asl::jsonata::Evaluation;
use stepwell_store::StoreError;
use stepwell_wire::ApiError;

/// Why an operation gave no output.
#[derive(Debug)]
pub enum Failure {
    /// The caller is told so, in AWS's words.
    Refused(Box<ApiError>),
    /// Nothing to say yet: ask again (a long poll, a synchronous execution).
    Wait(Wait),
    /// Rows that a backend has to fetch first; then the same command runs again. The embedded store never says so.
    NotLoaded(Vec<Vec<u8>>),
    /// An expression that takes longer than a command may: it is evaluated elsewhere, then the same command runs again.
    Evaluate(Box<Evaluation>),
    /// The store failed, or a row can't be read: ours to mend, opaque to the caller.
    Broken(String),
}

/// What a command waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// Who may wake it.
    pub on: WaitOn,
    /// When to look again although nobody woke it (ms of stored time): a message becomes visible.
    pub look_again_ms: Option<u64>,
    /// How long it may wait at all, from its arrival on, in ms that no clock's setting changes; then it is asked once more and has to answer.
    pub patience_ms: u64,
    /// How many may wait for the same, where that has a limit.
    pub crowd: Option<Crowd>,
}

/// A limit to how many wait for one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Crowd {
    pub most: usize,
    /// What the next one is told.
    pub refusal: Box<ApiError>,
}

/// The things that can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WaitOn {
    /// A queue gained messages.
    Queue(u64),
    /// An activity gained tasks.
    Activity(u64),
    /// An execution ended.
    Execution(u64),
    /// Nothing but the time that the wait names.
    Time,
}

impl Failure {
    /// A row or a promise of ours that doesn't hold.
    pub fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into())
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Refused(Box::new(error))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotLoaded(keys) => Self::NotLoaded(keys),
            error => Self::Broken(error.to_string()),
        }
    }
}
