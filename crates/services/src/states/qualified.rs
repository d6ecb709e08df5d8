//! What an ARN of a state machine may name besides the machine: a version (`machine:3`), an alias (`machine:PROD`), or the
//! executions of a distributed Map state (`machine/label`). And what an execution started by it runs.

use crate::entropy::Entropy;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::states::aliases::model::Alias;
use crate::states::model::Machine;
use crate::states::versions::model::Version;
use crate::states::{arn, errors, keys};
use std::sync::Arc;
use stepwell_wire::ApiError;

/// An ARN of a state machine, read.
#[derive(Debug, PartialEq, Eq)]
pub struct Qualified {
    pub scope: Scope,
    /// The state machine's own name.
    pub name: String,
    pub qualifier: Qualifier,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Qualifier {
    None,
    Version(u64),
    Alias(String),
    /// Of a distributed Map state.
    Label(String),
}

/// What an ARN names, found.
pub enum Named {
    Machine(Arc<Machine>),
    Version(Arc<Machine>, u64, Version),
    Alias(Arc<Machine>, Arc<Alias>),
}

/// What an execution runs, and by which names it came to that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub revision: u64,
    pub version: Option<u64>,
    pub alias: Option<String>,
}

impl Qualified {
    /// # Errors
    /// `InvalidArn` for what is no state machine's.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let arn::Parsed { scope, name } = arn::parse(text, "stateMachine")?;
        let (name, qualifier) = match (name.split_once('/'), name.split_once(':')) {
            (Some((name, label)), _) => (name.to_owned(), Qualifier::Label(label.to_owned())),
            (None, Some((name, qualifier))) => (name.to_owned(), Qualifier::read(qualifier)),
            (None, None) => (name, Qualifier::None),
        };
        Ok(Self { scope, name, qualifier })
    }

    /// The state machine, whatever the qualifier, if it is there.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn machine(&self, rows: &(impl Rows + ?Sized)) -> Result<Option<Arc<Machine>>, Failure> {
        rows.kept_row(&keys::machine(&self.scope, &self.name))
    }
}

impl Qualifier {
    /// An alias has at least one character that is no digit.
    fn read(text: &str) -> Self {
        match text.parse() {
            Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => Self::Version(number),
            _ => Self::Alias(text.to_owned()),
        }
    }
}

impl Named {
    /// What an ARN names.
    ///
    /// # Errors
    /// `InvalidArn`; `StateMachineDoesNotExist` for what isn't there.
    pub fn by_arn(text: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        let missing = || errors::state_machine_does_not_exist(text);
        let qualified = Qualified::parse(text)?;
        let machine = qualified.machine(rows)?.ok_or_else(missing)?;
        match qualified.qualifier {
            Qualifier::None => Ok(Self::Machine(machine)),
            Qualifier::Version(number) => {
                let version = Version::find(&machine, number, rows)?.ok_or_else(missing)?;
                Ok(Self::Version(machine, number, version))
            }
            Qualifier::Alias(name) => {
                let alias = Alias::find(&machine, &name, rows)?.ok_or_else(missing)?;
                Ok(Self::Alias(machine, alias))
            }
            Qualifier::Label(_) => Err(errors::labelled_state_machine(text).into()),
        }
    }

    #[must_use]
    pub fn machine(&self) -> &Arc<Machine> {
        match self {
            Self::Machine(machine) | Self::Version(machine, ..) | Self::Alias(machine, _) => machine,
        }
    }

    /// The version that an ARN names; of an alias, the one to which most of it goes.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn version(&self, rows: &(impl Rows + ?Sized)) -> Result<Option<(u64, Version)>, Failure> {
        match self {
            Self::Machine(_) => Ok(None),
            Self::Version(_, number, version) => Ok(Some((*number, version.clone()))),
            Self::Alias(machine, alias) => {
                // Of two that are alike, the first.
                let most = alias.routes.iter().rev().max_by_key(|route| route.weight);
                let Some(number) = most.map(|route| route.version) else { return Ok(None) };
                Ok(Some((number, routed(machine, alias, number, rows)?)))
            }
        }
    }

    /// What an execution runs that is started now. An alias of two versions draws one of them, by their weights.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn route(&self, rows: &(impl Rows + ?Sized), entropy: &mut Entropy) -> Result<Route, Failure> {
        match self {
            Self::Machine(machine) => Ok(Route { revision: machine.revision, version: None, alias: None }),
            Self::Version(_, number, version) => {
                Ok(Route { revision: version.revision, version: Some(*number), alias: None })
            }
            Self::Alias(machine, alias) => {
                let number = alias.draw(entropy);
                let version = routed(machine, alias, number, rows)?;
                Ok(Route {
                    revision: version.revision,
                    version: Some(number),
                    alias: Some(alias.name.clone()),
                })
            }
        }
    }
}

/// A version to which an alias routes: those can't be deleted.
fn routed(
    machine: &Machine,
    alias: &Alias,
    number: u64,
    rows: &(impl Rows + ?Sized),
) -> Result<Version, Failure> {
    let missing = || format!("alias `{}` routes to version {number}, which is gone", alias.name);
    Version::find(machine, number, rows)?.ok_or_else(|| Failure::broken(missing()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qualifier_of_digits_is_a_version_and_any_other_an_alias() {
        let qualifier = |name: &str| {
            let arn = format!("arn:aws:states:us-east-1:000000000000:stateMachine:{name}");
            let qualified = Qualified::parse(&arn).unwrap();
            assert_eq!(qualified.name, "m");
            qualified.qualifier
        };
        assert_eq!(qualifier("m"), Qualifier::None);
        assert_eq!(qualifier("m:12"), Qualifier::Version(12));
        assert_eq!(qualifier("m:PROD"), Qualifier::Alias("PROD".to_owned()));
        assert_eq!(qualifier("m:+1"), Qualifier::Alias("+1".to_owned()));
        assert_eq!(qualifier("m:1-a"), Qualifier::Alias("1-a".to_owned()));
        assert_eq!(qualifier("m/label"), Qualifier::Label("label".to_owned()));
    }
}
