//! An asynchronous EXPRESS execution: one owed effect, whose row is all there is of it. It is run from its beginning, and after
//! a crash once more from its beginning; its end removes the row. What it did is told in the log alone.

use crate::context::Context;
use crate::effect::Effect;
use crate::entropy::Seed;
use crate::failure::Failure;
use crate::kept::Definitions;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::states::execution_log::{Logging, WriteLog};
use crate::states::in_memory::{Identity, InMemory};
use crate::states::integrations::Actor;
use crate::states::model::Revision;
use crate::states::{arn, keys, run};
use crate::tx::Tx;
use minicbor::{Decode, Encode};

/// What an execution is run from.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ExpressExecution {
    /// The state machine's number, and its revision's.
    #[n(0)]
    pub machine: u64,
    #[n(1)]
    pub revision: u64,
    #[n(2)]
    pub account: String,
    #[n(3)]
    pub region: String,
    #[n(4)]
    pub machine_name: String,
    #[n(5)]
    pub name: String,
    /// The execution's ARN ends with it, since names may be used again.
    #[n(6)]
    pub run: String,
    /// JSON text.
    #[n(7)]
    pub input: String,
    #[n(8)]
    pub role_arn: String,
    #[n(9)]
    pub started_ms: u64,
    #[n(10)]
    pub version_arn: Option<String>,
    #[n(11)]
    pub alias_arn: Option<String>,
    #[n(12)]
    pub logging: Option<Logging>,
}

impl ExpressExecution {
    /// Owes the run of an execution.
    pub fn owe(
        identity: Identity,
        (machine, revision): (u64, u64),
        run: String,
        logging: Option<Logging>,
        tx: &mut Tx,
    ) {
        let Identity { actor, name, machine_name, version_arn, alias_arn, started_ms, input } = identity;
        let Scope { account, region } = actor.scope;
        tx.owe(Effect::Execute(Self {
            machine,
            revision,
            account: account.to_string(),
            region: region.to_string(),
            machine_name,
            name,
            run,
            input,
            role_arn: actor.role_arn,
            started_ms,
            version_arn,
            alias_arn,
            logging,
        }));
    }

    /// How much memory it takes until it runs, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.input.len()
    }

    /// The execution, from its beginning; nothing if its state machine is gone, and the definition with it.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn begin(
        &self,
        definitions: &Definitions,
        rows: &dyn Rows,
        seed: Seed,
    ) -> Result<Option<InMemory>, Failure> {
        let is_kept = definitions.get(self.machine, self.revision).is_some();
        if !is_kept && rows.row::<Revision>(&keys::revision(self.machine, self.revision))?.is_none() {
            return Ok(None);
        }
        let definition = run::shared(self.machine, self.revision, definitions, rows)?;
        let execution = InMemory::new(self.identity(), definition, seed);
        Ok(Some(execution.with_log(self.logging.clone())))
    }

    fn identity(&self) -> Identity {
        let scope = Scope::new(&self.account, &self.region);
        Identity {
            actor: Actor {
                role_arn: self.role_arn.clone(),
                machine_arn: arn::machine(&scope, &self.machine_name),
                execution_arn: arn::express(&scope, &self.machine_name, &self.name, &self.run),
                scope,
            },
            name: self.name.clone(),
            machine_name: self.machine_name.clone(),
            version_arn: self.version_arn.clone(),
            alias_arn: self.alias_arn.clone(),
            started_ms: self.started_ms,
            input: self.input.clone(),
        }
    }
}

/// The execution ended; what is left of its log is written in the commit that removes its row.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn ended(log: Option<&WriteLog>, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    match log {
        Some(log) => log.write(tx, context),
        None => Ok(()),
    }
}
