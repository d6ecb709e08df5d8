//! The nouns of Step Functions as they are stored.

use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::states::execution_log::{Logging, WriteLog};
use crate::states::map_run::{self, model::Place};
use crate::states::qualified::{Qualified, Qualifier};
use crate::states::redrive::Asked;
use crate::states::{arn, errors, keys};
use minicbor::{Decode, Encode};
use std::sync::Arc;
use stepwell_asl::definition::MachineType;
use stepwell_engine::{Execution, HistoryEvent, Status};
use stepwell_wire::Timestamp;

/// A state machine.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Machine {
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub account: String,
    #[n(2)]
    pub region: String,
    #[n(3)]
    pub name: String,
    /// The number of the current [`Revision`].
    #[n(4)]
    pub revision: u64,
    #[n(5)]
    pub created_ms: u64,
    /// JSON text, as it was given.
    #[n(6)]
    pub logging: Option<String>,
    #[n(7)]
    pub tracing: Option<String>,
    #[n(8)]
    pub encryption: Option<String>,
    /// In the order in which they were given.
    #[n(9)]
    pub tags: Vec<(String, String)>,
    /// The number of the version that was published last, which may be gone: numbers aren't given again.
    #[n(10)]
    pub last_version: Option<u64>,
    /// Of a machine that was created with a version; who creates it again has to say the same.
    #[n(11)]
    pub created_as_version: Option<CreatedAsVersion>,
    /// Whether it is an EXPRESS one: its executions run in memory.
    #[n(20)]
    pub is_express: Option<bool>,
}

/// How the version was described with which a state machine was created.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CreatedAsVersion {
    #[n(0)]
    pub description: Option<String>,
}

/// A definition with its role. It never changes; an update makes another.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Revision {
    /// The text that was given, to the letter.
    #[n(0)]
    pub definition: String,
    #[n(1)]
    pub role_arn: String,
    /// A UUID; the first revision has none.
    #[n(2)]
    pub revision_id: Option<String>,
    #[n(3)]
    pub created_ms: u64,
    /// What was configured with it; older rows have none of their own, and go by the state machine's.
    #[n(4)]
    pub configurations: Option<Configurations>,
}

/// What a state machine is configured with, besides its definition and role: JSON texts, as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Configurations {
    #[n(0)]
    pub logging: Option<String>,
    #[n(1)]
    pub tracing: Option<String>,
    #[n(2)]
    pub encryption: Option<String>,
}

impl Revision {
    /// What was configured with this revision of a machine, which may be gone.
    #[must_use]
    pub fn configurations(&self, machine: Option<&Machine>) -> Configurations {
        let own = self.configurations.clone();
        own.or_else(|| machine.map(Machine::configurations)).unwrap_or_default()
    }
}

/// What is fixed when an execution starts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Facts {
    #[n(0)]
    pub name: String,
    /// JSON text, as it was given.
    #[n(1)]
    pub input: String,
    #[n(2)]
    pub started_ms: u64,
    #[n(3)]
    pub revision: u64,
    /// Those of its state machine, so that a step reads no more than it has to.
    #[n(4)]
    pub account: String,
    #[n(5)]
    pub region: String,
    #[n(6)]
    pub machine_name: String,
    #[n(7)]
    pub role_arn: String,
    #[n(8)]
    pub trace_header: Option<String>,
    /// Whether a task of another execution may wait for the end of this one.
    #[n(9)]
    pub is_awaited: Option<bool>,
    /// Of a child of a map run: whose it is.
    #[n(10)]
    pub child: Option<map_run::model::Child>,
    /// The number of the version by which it was started.
    #[n(11)]
    pub version: Option<u64>,
    /// The alias by which it was started.
    #[n(12)]
    pub alias: Option<String>,
    /// What its log is, if it has one.
    #[n(20)]
    pub logging: Option<Logging>,
    /// The test case whose mocked responses stand in for the work of its states.
    #[n(14)]
    pub test_case: Option<String>,
}

impl Facts {
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn execution_arn(&self) -> String {
        match &self.child {
            Some(child) if child.is_express => {
                arn::express(&self.scope(), &self.machine_name, &child.run_name, &self.name)
            }
            _ => arn::execution(&self.scope(), &self.machine_name, &self.name),
        }
    }

    #[must_use]
    pub fn machine_arn(&self) -> String {
        arn::machine(&self.scope(), &self.machine_name)
    }

    #[must_use]
    pub fn version_arn(&self) -> Option<String> {
        Some(arn::qualified(&self.scope(), &self.machine_name, self.version?))
    }

    #[must_use]
    pub fn alias_arn(&self) -> Option<String> {
        Some(arn::qualified(&self.scope(), &self.machine_name, self.alias.as_ref()?))
    }

    /// What goes into its log of these events.
    #[must_use]
    pub fn log(&self, redrive_count: u32, events: &[HistoryEvent]) -> Option<WriteLog> {
        let logging = self.logging.as_ref()?;
        Some(WriteLog {
            scope: self.scope(),
            machine_name: self.machine_name.clone(),
            group: logging.group.clone(),
            lines: logging.lines(&self.execution_arn(), redrive_count, events),
        })
    }

    /// Of a child of a map run.
    #[must_use]
    pub fn map_run_arn(&self) -> Option<String> {
        let child = self.child.as_ref()?;
        Some(arn::map_run(&self.scope(), &self.machine_name, &child.run_name))
    }
}

/// What changes at each step.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct State {
    #[n(0)]
    pub engine: Execution,
    /// The due time of the one timer that the execution has armed.
    #[n(1)]
    pub timer_ms: Option<u64>,
    /// When it ended.
    #[n(2)]
    pub stopped_ms: Option<u64>,
    /// The open task tokens as they were counted: spans since which so many wait. Nothing where none waits.
    #[n(3)]
    pub waits: Option<Vec<(u64, u32)>>,
    /// The executions for whose ends tasks of this one wait.
    #[n(4)]
    pub children: Option<Vec<Child>>,
    /// The redrives that clients asked for under a token not long ago.
    #[n(5)]
    pub redrives_asked: Option<Vec<Asked>>,
}

/// An execution for whose end a task waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Child {
    /// The frame of the task that waits.
    #[n(0)]
    pub frame: u32,
    /// Its attempt.
    #[n(1)]
    pub attempt: u64,
    /// The state machine and the number of the execution.
    #[n(2)]
    pub machine: u64,
    #[n(3)]
    pub execution: u64,
}

impl State {
    #[must_use]
    pub fn status(&self) -> Status {
        self.engine.status()
    }
}

/// An execution as it is found by its ARN.
#[derive(Debug)]
pub struct Found {
    pub machine: u64,
    pub execution: u64,
    pub facts: Facts,
    pub state: State,
}

impl Machine {
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn arn(&self) -> String {
        arn::machine(&self.scope(), &self.name)
    }

    #[must_use]
    pub fn version_arn(&self, number: u64) -> String {
        arn::qualified(&self.scope(), &self.name, number)
    }

    #[must_use]
    pub fn alias_arn(&self, alias: &str) -> String {
        arn::qualified(&self.scope(), &self.name, alias)
    }

    #[must_use]
    pub fn configurations(&self) -> Configurations {
        Configurations {
            logging: self.logging.clone(),
            tracing: self.tracing.clone(),
            encryption: self.encryption.clone(),
        }
    }

    /// The state machine of an ARN that names no version and no alias.
    pub fn by_arn(text: &str, rows: &(impl Rows + ?Sized)) -> Result<Arc<Self>, Failure> {
        let named = Qualified::parse(text)?;
        let machine = match named.qualifier {
            Qualifier::None => named.machine(rows)?,
            Qualifier::Version(_) | Qualifier::Alias(_) => None,
            Qualifier::Label(_) => return Err(errors::labelled_state_machine(text).into()),
        };
        machine.ok_or_else(|| errors::state_machine_does_not_exist(text).into())
    }

    #[must_use]
    pub fn is_express(&self) -> bool {
        self.is_express == Some(true)
    }

    /// Its type, in the API's word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.is_express() { "EXPRESS" } else { "STANDARD" }
    }

    /// What its definition is checked as.
    #[must_use]
    pub fn machine_type(&self) -> MachineType {
        if self.is_express() { MachineType::Express } else { MachineType::Standard }
    }

    /// Its current revision.
    pub fn revision(&self, rows: &(impl Rows + ?Sized)) -> Result<Revision, Failure> {
        revision(self.id, self.revision, rows)
    }
}

/// A revision of a state machine, which executions may need after the machine is gone.
pub fn revision(machine: u64, number: u64, rows: &(impl Rows + ?Sized)) -> Result<Revision, Failure> {
    let revision = rows.row(&keys::revision(machine, number))?;
    revision
        .ok_or_else(|| Failure::broken(format!("revision {number} of state machine {machine} is missing")))
}

impl Found {
    /// The execution of an ARN.
    pub fn by_arn(text: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        let missing = || errors::execution_does_not_exist(text);
        let parsed = arn::parse(text, "execution")?;
        let (machine_name, name) = parsed.name.split_once(':').ok_or_else(missing)?;
        if let Some((root, _)) = machine_name.split_once('/') {
            let root: Machine = rows.row(&keys::machine(&parsed.scope, root))?.ok_or_else(missing)?;
            let place: Place = rows.row(&keys::map_name(root.id, name))?.ok_or_else(missing)?;
            let execution: u64 = rows.row(&keys::execution_name(place.run, name))?.ok_or_else(missing)?;
            let found = Self::by_number(place.run, execution, rows)?;
            return found
                .filter(|found| found.facts.machine_name == machine_name)
                .ok_or_else(|| missing().into());
        }
        let machine: Machine = rows.row(&keys::machine(&parsed.scope, machine_name))?.ok_or_else(missing)?;
        let execution: u64 = rows.row(&keys::execution_name(machine.id, name))?.ok_or_else(missing)?;
        Self::by_number(machine.id, execution, rows)?.ok_or_else(|| missing().into())
    }

    /// The execution of these numbers.
    pub fn by_number(
        machine: u64,
        execution: u64,
        rows: &(impl Rows + ?Sized),
    ) -> Result<Option<Self>, Failure> {
        let Some(facts) = rows.row(&keys::execution(machine, execution))? else { return Ok(None) };
        let Some(state) = rows.row(&keys::state(machine, execution))? else {
            return Err(Failure::broken(format!(
                "execution {execution} of state machine {machine} has no state"
            )));
        };
        Ok(Some(Self { machine, execution, facts, state }))
    }
}

/// A stored time for an answer.
#[must_use]
pub fn timestamp(ms: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}
