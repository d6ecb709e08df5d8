//! A run as it is stored.

use crate::calls::StoredPart;
use crate::effect::{Continuation, Effect};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::states::map_run::source::Source;
use crate::states::model::Machine;
use crate::states::{arn, errors, keys};
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use stepwell_engine::{Attempt, FrameId};

/// Children of a run at a time, where its definition sets no limit. AWS's.
const MOST_CONCURRENT: u64 = 10_000;

/// Where a run is found: the execution that waits for it, and its own number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Place {
    /// The number of the parent's state machine, or of the run that the parent is a child of.
    #[n(0)]
    pub machine: u64,
    #[n(1)]
    pub execution: u64,
    #[n(2)]
    pub run: u64,
}

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct MapRun {
    #[n(0)]
    pub place: Place,
    /// The number of the state machine at the root of it all.
    #[n(1)]
    pub root: u64,
    #[n(2)]
    pub frame: FrameId,
    #[n(3)]
    pub attempt: Attempt,
    #[n(4)]
    pub account: String,
    #[n(5)]
    pub region: String,
    /// `machine/label`.
    #[n(6)]
    pub machine_name: String,
    /// A UUID.
    #[n(7)]
    pub name: String,
    #[n(8)]
    pub parent_arn: String,
    #[n(9)]
    pub status: RunStatus,
    #[n(10)]
    pub started_ms: u64,
    #[n(11)]
    pub stopped_ms: Option<u64>,
    #[n(12)]
    pub limits: RunLimits,
    #[n(13)]
    pub is_express: bool,
    #[n(14)]
    pub batch: Option<Batching>,
    #[n(15)]
    pub writer: Option<Writing>,
    /// What is left of the items; nothing when all were taken.
    #[n(16)]
    pub source: Option<Source>,
    /// How many items the source still may give.
    #[n(17)]
    pub items_left: Option<u64>,
    /// How many items there are, where that was known from the start.
    #[n(18)]
    pub items_known: Option<u64>,
    #[n(19)]
    pub executions: Counts,
    #[n(20)]
    pub items: Counts,
    /// Of the outputs of children, in bytes, with what goes between them.
    #[n(21)]
    pub result_bytes: u64,
    #[n(22)]
    pub phase: Phase,
    /// A turn is owed.
    #[n(23)]
    pub is_owed: bool,
    #[n(24)]
    pub role_arn: String,
    /// The test case of its parent, which the children share.
    #[n(25)]
    pub test_case: Option<String>,
    #[n(26)]
    pub redriven: Option<RunRedriven>,
}

/// How often a run was redriven, and when for the last time (ms since 1970).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RunRedriven {
    #[n(0)]
    pub count: u32,
    #[n(1)]
    pub at_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum RunStatus {
    #[n(0)]
    Running,
    #[n(1)]
    Succeeded,
    #[n(2)]
    Failed,
    #[n(3)]
    Aborted,
}

impl RunStatus {
    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }
}

/// What a run's turns do.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Phase {
    /// Items become children.
    #[n(0)]
    Beginning,
    /// All children ended: their results are gathered, from this child's key on.
    #[n(1)]
    Gathering(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// It failed, and its parent is to be told.
    #[n(2)]
    #[cbor(map)]
    Failing {
        #[n(0)]
        error: String,
        #[n(1)]
        cause: String,
    },
    /// Children that still run are stopped, from this child's key on.
    #[n(3)]
    Stopping(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// Nothing is left to do.
    #[n(4)]
    Over,
    /// Children that didn't succeed are redriven, from this child's key on.
    #[n(5)]
    Redriving(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
}

/// What can be changed while a run is at work.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub struct RunLimits {
    /// 0: no limit of its own.
    #[n(0)]
    pub max_concurrency: u64,
    #[n(1)]
    pub tolerated_count: Option<u64>,
    #[n(2)]
    pub tolerated_percentage: Option<f64>,
}

#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub struct Batching {
    #[n(0)]
    pub max_items: Option<u64>,
    #[n(1)]
    pub max_bytes: Option<u64>,
    /// JSON text.
    #[n(2)]
    pub input: Option<String>,
}

/// How many there are, of executions or of items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Counts {
    #[n(0)]
    pub total: u64,
    #[n(1)]
    pub running: u64,
    #[n(2)]
    pub succeeded: u64,
    #[n(3)]
    pub failed: u64,
    #[n(4)]
    pub timed_out: u64,
    #[n(5)]
    pub aborted: u64,
    #[n(6)]
    pub results_written: u64,
    /// Those that didn't succeed and wait for their redrive; they are not counted among the others meanwhile.
    #[n(7)]
    pub pending_redrive: Option<Undone>,
    /// Those of the failed, timed out and aborted that the last redrive could not take up.
    #[n(8)]
    pub not_redrivable: Option<u64>,
}

/// How many didn't succeed, by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Undone {
    #[n(0)]
    pub failed: u64,
    #[n(1)]
    pub timed_out: u64,
    #[n(2)]
    pub aborted: u64,
}

impl Undone {
    #[must_use]
    pub fn sum(self) -> u64 {
        self.failed + self.timed_out + self.aborted
    }
}

/// Where results go, and how far that has come.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Writing {
    /// Bucket and prefix, where they go to S3.
    #[n(0)]
    pub target: Option<(String, String)>,
    #[n(1)]
    pub style: Style,
    #[n(2)]
    pub is_lines: bool,
    /// The parts of the file of successes, and of that of failures.
    #[n(3)]
    pub succeeded: Vec<StoredPart>,
    #[n(4)]
    pub failed: Vec<StoredPart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Style {
    #[n(0)]
    Whole,
    #[n(1)]
    Compact,
    #[n(2)]
    Flatten,
}

/// What a child execution is to its run.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Child {
    #[n(0)]
    pub place: Place,
    #[n(1)]
    pub root: u64,
    /// The run's name.
    #[n(2)]
    pub run_name: String,
    /// How many items it has.
    #[n(3)]
    pub items: u64,
    #[n(4)]
    pub is_express: bool,
}

impl MapRun {
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn arn(&self) -> String {
        arn::map_run(&self.scope(), &self.machine_name, &self.name)
    }

    /// The run of an ARN.
    ///
    /// # Errors
    /// AWS's, if there is none.
    pub fn by_arn(text: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        let missing = || errors::resource_not_found(text);
        let parsed = arn::parse(text, "mapRun")?;
        let (machine, name) = parsed.name.split_once(':').ok_or_else(missing)?;
        let root = machine.split('/').next().unwrap_or(machine);
        let root: Machine = rows.row(&keys::machine(&parsed.scope, root))?.ok_or_else(missing)?;
        let place: Place = rows.row(&keys::map_name(root.id, name))?.ok_or_else(missing)?;
        let run = Self::at(&place, rows)?.filter(|run| run.name == name);
        run.ok_or_else(|| missing().into())
    }

    /// The run at a place, if it is still there.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn at(place: &Place, rows: &(impl Rows + ?Sized)) -> Result<Option<Self>, Failure> {
        rows.row(&keys::map_run(place))
    }

    pub fn put(&self, tx: &mut Tx) {
        tx.put(&keys::map_run(&self.place), self);
    }

    /// Sees to it that it gets a turn.
    pub fn owe_turn(&mut self, tx: &mut Tx) {
        if !self.is_owed {
            self.is_owed = true;
            let Place { machine, execution, run } = self.place;
            tx.owe(Effect::Continue(Continuation::MapRun(machine, execution, run)));
        }
    }

    /// How many more children may begin now.
    #[must_use]
    pub fn room(&self) -> u64 {
        let own = self.limits.max_concurrency;
        let most = if own == 0 { MOST_CONCURRENT } else { own.min(MOST_CONCURRENT) };
        most.saturating_sub(self.executions.running)
    }

    /// Whether more items failed than may. A share of them is known only when their number is.
    #[must_use]
    pub fn is_beyond_tolerance(&self) -> bool {
        let failed = self.items.failed + self.items.timed_out + self.items.aborted;
        let total = self.items_known.or_else(|| self.source.is_none().then_some(self.items.total));
        let RunLimits { tolerated_count, tolerated_percentage, .. } = self.limits;
        match (tolerated_count, tolerated_percentage) {
            (None, None) => failed > 0,
            (count, percentage) => {
                let by_share = percentage
                    .zip(total)
                    .is_some_and(|(percentage, total)| failed as f64 * 100.0 > percentage * total as f64);
                count.is_some_and(|count| failed > count) || by_share
            }
        }
    }

    /// All bytes that it refers to.
    pub fn parts(&self) -> impl Iterator<Item = &StoredPart> {
        let written = self.writer.iter().flat_map(|writer| writer.succeeded.iter().chain(&writer.failed));
        self.source.iter().flat_map(Source::parts).chain(written)
    }
}
